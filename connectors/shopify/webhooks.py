"""Webhooks: whether one is genuine, and what it says.

A delivery is taken as a bell: it tells which subject moved, and the API is asked how it is now.
REST-shaped payloads lack what matters (an order's payments and fulfillment orders, seven of the
eight stock quantities, the currency of a price), may arrive in any order, and only their body is
signed, the topic is not: a replayed body under another topic must not be able to delete an order.
Two exceptions: a new order is also taken as it is, so that a throttled shop still shows it at once;
and a request to erase a customer is an order to us, not news.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Removed, Touched
from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.signatures import require_match, require_secrets, sha256_base64
from connectors.shopify.mapping import catalog, payloads
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.mapping.payloads import gid, id_of

SIGNATURE = "x-shopify-hmac-sha256"
TOPIC = "x-shopify-topic"

Decoder = Callable[[Answer], list[Change]]


def verify(delivery: RawDelivery, secrets: Sequence[str]) -> Verified:
    """Check the signature over the raw body. The scheme has no time: nothing can be stale.

    The id is event, topic and body: X-Shopify-Event-Id alone is shared by all webhooks of one
    event, other topics' and other subjects' among them; a second subscription to a topic repeats
    all three, and a retry does too.
    Source: shopify.dev/docs/apps/build/webhooks/ignore-duplicates; the contract's SOURCE.md.
    """
    require_secrets(secrets)
    expected = [sha256_base64(one.encode(), delivery.body) for one in secrets if one]
    require_match(delivery.headers.get(SIGNATURE), expected, SIGNATURE)
    return Verified(id=_delivery_id(delivery), topic=delivery.headers.get(TOPIC, ""))


def _delivery_id(delivery: RawDelivery) -> str:
    headers, digest = delivery.headers, hashlib.sha256(delivery.body).hexdigest()
    event = headers.get("x-shopify-event-id")
    if event:
        return f"{event}:{headers.get(TOPIC, '')}:{digest[:16]}"
    return headers.get("x-shopify-webhook-id") or digest


def decode(delivery: RawDelivery) -> list[Change]:
    """Return what a verified delivery says; nothing for a documented topic of no interest.

    Raises: Malformed for an unknown topic or a payload of the wrong shape.
    """
    topic = delivery.headers.get(TOPIC, "")
    decoder = TOPICS.get(topic)
    if decoder is not None:
        return decoder(Answer(parse_json(delivery.body), "$"))
    if re.split("[/.]", topic)[0] in IGNORED or topic in IGNORED_TOPICS:
        return []
    raise Malformed(f"{TOPIC}: not a documented topic: {topic!r}")


def _touched(kind: Kind, external_id: str) -> Change:
    return Touched(kind=kind, external_id=external_id)


def _subject(kind: Kind, node: str) -> Decoder:
    """The payload is the subject itself, or at least its id."""
    return lambda payload: [_touched(kind, id_of(payload, node))]


def _new_order(payload: Answer) -> list[Change]:
    order = payloads.order(payload)
    return [order, _touched(Kind.ORDER, order.external_id)]


def _order_of(payload: Answer) -> list[Change]:
    """A part that names its order by number; without one (Shopify's own example of a risk
    assessment has none) it says nothing."""
    number = payload["order_id"]
    return [_touched(Kind.ORDER, gid("Order", number.whole))] if number else []


def _edited(payload: Answer) -> list[Change]:
    return _order_of(payload["order_edit"])


def _return(payload: Answer) -> list[Change]:
    """A return: its order where named, in either of two forms, else the return."""
    if payload["order"]:
        return [_touched(Kind.ORDER, id_of(payload["order"], "Order"))]
    return _order_of(payload) or [_touched(Kind.RETURN, id_of(payload, "Return"))]


def _reverse_delivery(payload: Answer) -> list[Change]:
    return [_touched(Kind.RETURN, id_of(payload["return"], "Return"))]


def _reverse_work(payload: Answer) -> list[Change]:
    """Goods of a return were looked at. What is named is not the return but its reverse
    fulfillment order; reading it leads to the order all the same."""
    return [_touched(Kind.RETURN, id_of(payload, "ReverseFulfillmentOrder"))]


def _work(*keys: str) -> Decoder:
    """Fulfillment orders, each under its own key and named by gid."""

    def decoder(payload: Answer) -> list[Change]:
        found = [payload[key]["id"].text for key in keys if payload[key]]
        if not found:
            payload[keys[0]].fail("a fulfillment order")
        return [_touched(Kind.FULFILLMENT_ORDER, one) for one in dict.fromkeys(found)]

    return decoder


def _merged(payload: Answer) -> list[Change]:
    merges = payload["fulfillment_order_merges"]
    stated = merges.items if isinstance(merges.value, list) else (merges,)
    return [_touched(Kind.FULFILLMENT_ORDER, one["fulfillment_order"]["id"].text) for one in stated]


def _level(payload: Answer) -> list[Change]:
    """A level. Its gid ends in the exact item id, which the number beside it may not be."""
    stated = payload["admin_graphql_api_id"].text_or_none or ""
    _, found, number = stated.partition("?inventory_item_id=")
    item_id = (
        f"gid://shopify/InventoryItem/{number}"
        if found
        else gid("InventoryItem", payload["inventory_item_id"].whole)
    )
    location_id = gid("Location", payload["location_id"].whole)
    return [_touched(Kind.LEVEL, catalog.level_id(item_id, location_id))]


def _merged_customers(payload: Answer) -> list[Change]:
    """Both: whichever of the two is gone, reading it says so."""
    keys = ("admin_graphql_api_customer_kept_id", "admin_graphql_api_customer_deleted_id")
    return [_touched(Kind.CUSTOMER, payload[key].text) for key in keys]


def _erased_customer(payload: Answer) -> list[Change]:
    customer_id = gid("Customer", payload["customer"]["id"].whole)
    return [Removed(kind=Kind.CUSTOMER, external_id=customer_id)]


_ONE_WORK = _work("fulfillment_order")

# Topic -> what it says. Source: webhook-topics.json and the payloads it names (webhooks 2026-07).
TOPICS: Mapping[str, Decoder] = {
    "orders/create": _new_order,
    **dict.fromkeys(
        (
            "orders/updated",
            "orders/paid",
            "orders/cancelled",
            "orders/fulfilled",
            "orders/partially_fulfilled",
            "orders/delete",
        ),
        _subject(Kind.ORDER, "Order"),
    ),
    "orders/edited": _edited,
    **dict.fromkeys(
        (
            "refunds/create",
            "order_transactions/create",
            "fulfillments/create",
            "fulfillments/update",
            "fulfillment_events/create",
            "fulfillment_events/delete",
            "disputes/create",
            "disputes/update",
        ),
        _order_of,
    ),
    **dict.fromkeys(
        (
            "fulfillment_orders/cancellation_request_accepted",
            "fulfillment_orders/cancellation_request_rejected",
            "fulfillment_orders/cancellation_request_submitted",
            "fulfillment_orders/fulfillment_request_accepted",
            "fulfillment_orders/fulfillment_request_rejected",
            "fulfillment_orders/fulfillment_service_failed_to_complete",
            "fulfillment_orders/hold_released",
            "fulfillment_orders/line_items_prepared_for_local_delivery",
            "fulfillment_orders/line_items_prepared_for_pickup",
            "fulfillment_orders/manually_reported_progress_stopped",
            "fulfillment_orders/order_routing_complete",
            "fulfillment_orders/progress_reported",
            "fulfillment_orders/rescheduled",
            "fulfillment_orders/scheduled_fulfillment_order_ready",
            "fulfillment_holds/added",
            "fulfillment_holds/released",
        ),
        _ONE_WORK,
    ),
    "fulfillment_orders/cancelled": _work("fulfillment_order", "replacement_fulfillment_order"),
    "fulfillment_orders/fulfillment_request_submitted": _work(
        "submitted_fulfillment_order", "original_fulfillment_order"
    ),
    "fulfillment_orders/moved": _work("moved_fulfillment_order", "original_fulfillment_order"),
    "fulfillment_orders/placed_on_hold": _work("fulfillment_order", "remaining_fulfillment_order"),
    "fulfillment_orders/split": _work(
        "fulfillment_order", "remaining_fulfillment_order", "replacement_fulfillment_order"
    ),
    "fulfillment_orders/merged": _merged,
    **dict.fromkeys(
        (
            "returns/approve",
            "returns/cancel",
            "returns/close",
            "returns/decline",
            "returns/process",
            "returns/reopen",
            "returns/request",
            "returns/update",
        ),
        _return,
    ),
    "reverse_deliveries/attach_deliverable": _reverse_delivery,
    "reverse_fulfillment_orders/dispose": _reverse_work,
    **dict.fromkeys(
        ("inventory_levels/connect", "inventory_levels/update", "inventory_levels/disconnect"),
        _level,
    ),
    **dict.fromkeys(
        (
            "locations/activate",
            "locations/create",
            "locations/deactivate",
            "locations/delete",
            "locations/update",
        ),
        _subject(Kind.LOCATION, "Location"),
    ),
    **dict.fromkeys(
        ("products/create", "products/update", "products/delete"),
        _subject(Kind.PRODUCT, "Product"),
    ),
    **dict.fromkeys(
        (
            "customers/create",
            "customers/update",
            "customers/enable",
            "customers/disable",
            "customers/delete",
        ),
        _subject(Kind.CUSTOMER, "Customer"),
    ),
    "customers/merge": _merged_customers,
    "customers/redact": _erased_customer,
}

# Documented, and nothing that we keep. Stock of transfers shows in the levels it moves; drafts are
# not orders yet. Source: webhook-topics.json; admin-2026-10.graphql, WebhookSubscriptionTopic.
IGNORED_TOPICS = frozenset(
    {
        "customers/data_request",
        "customers/email_marketing_consent_update",
        "customers/marketing_consent_update",
        "customers/purchasing_summary",
        "customers/whats_app_marketing_consent_update",
        "orders/link_requested",
        "orders/risk_assessment_changed",
        "orders/shopify_protect_eligibility_changed",
    }
)
IGNORED = frozenset(
    "app app_purchases_one_time app_subscriptions audit_events bulk_operations carts channels "
    "checkouts collection_listings collection_publications collections companies "
    "company_contact_roles company_contacts company_locations customer customer_account_settings "
    "customer_groups customer_payment_methods customer_tags delivery_promise_settings discounts "
    "domains draft_orders finance_app_staff_member finance_kyc_information inventory_items "
    "inventory_shipments inventory_transfers locales markets metafield_definitions metaobjects "
    "payment_schedules payment_terms product_feeds product_listings product_publications profiles "
    "scheduled_product_listings segments selling_plan_groups shipping_addresses shop "
    "subscription_billing_attempts subscription_billing_cycle_edits subscription_billing_cycles "
    "subscription_contracts tax_services tender_transactions themes variants".split()
)
