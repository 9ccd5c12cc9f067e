"""Requests that change nothing, searches by POST among them.

Source: openapi.json, Square-Version 2025-08-20; limits as each operation there states them.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from connectors.sdk.http import Request
from connectors.square.mapping.inventory import STATES

VERSION = "2025-08-20"
LOCATIONS_A_SEARCH = 10
"""Location ids that one order search may name."""
PAGE = 100
"""Records a page: the most for refunds and customers, and enough for the rest to stay small."""
IDS_A_BATCH = 100
"""Ids that one batch retrieval may name (orders, customers)."""
COUNTS_A_PAGE = 1000
FIRST_DAY = "1970-01-01T00:00:00Z"
"""The list of refunds begins a year ago unless told otherwise."""


def merchant() -> Request:
    return _get("/v2/merchants/me")


def locations() -> Request:
    """Ask for all locations, the inactive ones too; there is no paging."""
    return _get("/v2/locations")


def orders(ids: Sequence[str]) -> Request:
    """Ask for orders by id; what does not exist is left out of the answer."""
    return _search("/v2/orders/batch-retrieve", {"order_ids": list(ids)})


def changed_orders(location_ids: Sequence[str], since: str | None, cursor: str | None) -> Request:
    """Search orders in the order of their change. A time filter must name the sort's field."""
    query: dict[str, Any] = {"sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"}}
    if since:
        query["filter"] = {"date_time_filter": {"updated_at": {"start_at": since}}}
    body = {"location_ids": list(location_ids), "query": query, "limit": PAGE}
    return _search("/v2/orders/search", body, cursor)


def payment(payment_id: str) -> Request:
    return _get(f"/v2/payments/{quote(payment_id, safe='')}")


def refund(refund_id: str) -> Request:
    return _get(f"/v2/refunds/{quote(refund_id, safe='')}")


def changed_refunds(since: str | None, cursor: str | None) -> Request:
    query = {
        "begin_time": FIRST_DAY,
        "updated_at_begin_time": since or FIRST_DAY,
        "sort_field": "UPDATED_AT",
        "sort_order": "ASC",
        "limit": str(PAGE),
        **({"cursor": cursor} if cursor else {}),
    }
    return Request(method="GET", path="/v2/refunds", is_safe=True, query=tuple(query.items()))


def changed_items(since: str | None, cursor: str | None) -> Request:
    """Search catalog items; since a time also the variations that changed, deleted ones too."""
    body: dict[str, Any] = {
        "object_types": ["ITEM"],
        "include_related_objects": True,
        "limit": PAGE,
    }
    if since:
        body |= {
            "object_types": ["ITEM", "ITEM_VARIATION"],
            "include_deleted_objects": True,
            "include_related_objects": False,
            "begin_time": since,
        }
    return _search("/v2/catalog/search", body, cursor)


def items(ids: Sequence[str]) -> Request:
    """Ask for catalog objects by id, deleted ones too, with the options that they refer to."""
    body = {
        "object_ids": list(ids),
        "include_related_objects": True,
        "include_deleted_objects": True,
    }
    return _search("/v2/catalog/batch-retrieve", body)


def customers(ids: Sequence[str]) -> Request:
    return _search("/v2/customers/bulk-retrieve", {"customer_ids": list(ids)})


def changed_customers(since: str | None, cursor: str | None) -> Request:
    """Search profiles in the order of their creation, which no change moves."""
    query: dict[str, Any] = {"sort": {"field": "CREATED_AT", "order": "ASC"}}
    if since:
        query["filter"] = {"updated_at": {"start_at": since}}
    return _search("/v2/customers/search", {"query": query, "limit": PAGE}, cursor)


def changed_counts(location_ids: Sequence[str], since: str | None, cursor: str | None) -> Request:
    """Ask for counts that changed, the latest first; no location means all of them."""
    body: dict[str, Any] = {"states": list(STATES), "limit": PAGE}
    if location_ids:
        body["location_ids"] = list(location_ids)
    if since:
        body["updated_after"] = since
    return _search("/v2/inventory/counts/batch-retrieve", body, cursor)


def counts(item_ids: Sequence[str], location_id: str, cursor: str | None) -> Request:
    """Ask for every state of some variations at one location."""
    body = {
        "catalog_object_ids": list(item_ids),
        "location_ids": [location_id],
        "states": list(STATES),
        "limit": COUNTS_A_PAGE,
    }
    return _search("/v2/inventory/counts/batch-retrieve", body, cursor)


def physical_counts(item_id: str, location_id: str, since: str, cursor: str | None) -> Request:
    """Ask for the physical counts that were taken of one variation, ours among them."""
    body = {
        "catalog_object_ids": [item_id],
        "location_ids": [location_id],
        "types": ["PHYSICAL_COUNT"],
        "updated_after": since,
        "limit": COUNTS_A_PAGE,
    }
    return _search("/v2/inventory/changes/batch-retrieve", body, cursor)


def _get(path: str) -> Request:
    return Request(method="GET", path=path, is_safe=True)


def _search(path: str, body: dict[str, Any], cursor: str | None = None) -> Request:
    """A cursor is taken with the very query that gave it."""
    full = {**body, "cursor": cursor} if cursor else body
    return Request(method="POST", path=path, is_safe=True, json=full)
