"""The marketplace's webhooks. Pure.

``X-FlexCommerce-Signature: t=SECONDS,v1=HEX``, HMAC-SHA256 with the endpoint's secret over the
seconds, a full stop and the body; the body names delivery and topic:
``{"id": "...", "event": "order.created", "created_at": "...", "data": {...}}``.

Events are the marketplace's, not a seller's: every order of every shopper comes. All are taken as
news of a subject that is then read again, with the seller's token, so that what is somebody else's
never arrives.

Source: flexcommerce-core 1.0.0, ``webhooks.py``; flexcommerce-orders 1.0.0, ``order_payload``.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from connectors.flexmarket.asked import by_number
from connectors.flexmarket.mapping import level_id
from connectors.flexmarket.row import Row
from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind

HEADER = "x-flexcommerce-signature"


def verify(delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
    """Prove a delivery genuine. Raises: SignatureInvalid."""
    signatures.require_secrets(secrets)
    given = delivery.headers.get(HEADER, "")
    seconds = given.removeprefix("t=").partition(",")[0]
    if not (seconds.isascii() and seconds.isdigit()):
        raise SignatureInvalid(f"{HEADER} holds no time in seconds")
    expected = [signed(delivery.body, secret, seconds) for secret in secrets if secret]
    signatures.require_match(given, expected, HEADER)
    signatures.require_fresh(_time(seconds), now)
    return _verified(delivery)


def signed(body: bytes, secret: str, seconds: str) -> str:
    """Return the header of *body*, sent at that time."""
    proof = signatures.sha256(secret.encode(), seconds.encode(), b".", body).hex()
    return f"t={seconds},v1={proof}"


def _time(seconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureInvalid(f"{HEADER} holds no time in seconds") from error


def _verified(delivery: RawDelivery) -> Verified:
    """Name the delivery by its signed body: the header with the same id is not signed."""
    try:
        body = Row.of(parse_json(delivery.body), "body")
        return Verified(id=body.text("id"), topic=body.text("event"))
    except Malformed:
        # Genuine all the same; it goes to quarantine under the name that it came with.
        headers = delivery.headers
        return Verified(
            id=headers.get("x-flexcommerce-delivery", ""),
            topic=headers.get("x-flexcommerce-event", ""),
        )


def decode(delivery: RawDelivery, *, has_staff: bool) -> list[Change]:
    """Return what a verified delivery says has moved. Without the staff's token neither stock nor
    returns can be read, and news of them is none.

    Raises: Malformed, also for a topic that the marketplace does not have.
    """
    body = Row.of(parse_json(delivery.body), "body")
    topic, data = body.text("event"), body.row("data")
    if topic in SELLERS:
        return SELLERS[topic](data)
    if topic in STAFFS:
        return STAFFS[topic](data) if has_staff else []
    if topic in OTHERS:
        return []
    raise Malformed("body.event: no topic of the marketplace")


def _order(data: Row) -> list[Change]:
    """Name the shopper's order, unless none of its lines is any seller's."""
    number, placed_at = data.text("order_number"), data.time("created_at")
    if not any(item.maybe("vendor_id") for item in data.rows("items")):
        return []
    return [Touched(kind=Kind.ORDER, external_id=by_number(number, placed_at))]


def _return(data: Row) -> list[Change]:
    return [Touched(kind=Kind.RETURN, external_id=data.text("return_id"))]


def _stock(data: Row) -> list[Change]:
    return [Touched(kind=Kind.LEVEL, external_id=level_id(data.text("product_id")))]


_ORDER_WORDS = (
    "created confirmed processing paid partially_shipped shipped delivered cancelled refunded "
    "partially_refunded"
)
_STOCK_WORDS = "restocked low_stock out_of_stock"

SELLERS: dict[str, Callable[[Row], list[Change]]] = {
    **{f"order.{word}": _order for word in _ORDER_WORDS.split()},
    "shipment.created": _order,
    "shipment.updated": _order,
    "refund.processed": _order,
}
"""Topics of what a seller may read."""

STAFFS: dict[str, Callable[[Row], list[Change]]] = {
    "return.requested": _return,
    "return.updated": _return,
    **{f"inventory.{word}": _stock for word in _STOCK_WORDS.split()},
}
"""Topics of what the marketplace's staff alone may read."""

OTHERS = frozenset(
    {
        "refund.requested",
        "refund.failed",
        "payment.failed",
        "payment.success",
        "payout.created",
        "vendor.approved",
        "review.submitted",
        "cart.abandoned",
        "cart.recovered",
        "wallet.credit",
        "wallet.debit",
    }
)
"""Of no interest here. Source: every ``emit`` with a payload in flexcommerce 1.0.0."""
