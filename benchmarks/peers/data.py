"""What is asked, and the data behind the answers: read from the gateway, laid out as tables."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.peers.tables import Rows
from benchmarks.reads import DETAIL, LIST

PAGE = 50
FULL = LIST.replace("shipments {", "sourceRefs { system stale } shipments {", 1)
"""The list, with what only the detail has."""

POSTGRAPHILE_LIST = """query($after: Cursor) { orders: allOrders(first: 50, after: $after) { nodes {
  id: rowId number status placedAt amount currencyCode
  customer: customerByCustomerId { id: rowId firstName email }
  lines: orderLinesByOrderIdList { id: rowId quantity unitAmount
    variant: variantBySku { sku title inventoryLevels: levelsBySkuList {
      location: locationByLocationCode { code } available } } }
  shipments: shipmentsByOrderIdList { id: rowId status
    tracking: trackingsByShipmentIdList { carrier }
    deliveries: deliveriesByShipmentIdList {
      events: eventsByDeliveryIdList { status occurredAt location } } }
} pageInfo { endCursor } } }"""
"""The same in the shape that PostGraphile gives to tables: leaf for leaf in the same order."""
_NODE = POSTGRAPHILE_LIST.partition("nodes {")[2].partition("} pageInfo")[0]
POSTGRAPHILE_DETAIL = (
    "query($id: String!) { order: orderByRowId(rowId: $id) {"
    f"{_NODE} sourceRefs: sourceRefsByOrderIdList {{ system stale }} }} }}"
)

_FEDERATED = """id number status placedAt totals { total { amount currencyCode } }
  customer { id firstName email }
  lines { id quantity unitPrice { amount }
    variant { sku title stock { levels { location { code } available } } } }
  parcels { shipments { id status tracking { carrier }
    deliveries { events { status occurredAt location } } } }"""
FEDERATED_LIST = f"""query($after: String) {{ orders(first: 50, after: $after) {{
  nodes {{ {_FEDERATED} }} pageInfo {{ endCursor }} }} }}"""
FEDERATED_DETAIL = f"""query($id: String!) {{ order(id: $id) {{
  {_FEDERATED} sourceRefs {{ system stale }} }} }}"""
"""The same over services that speak REST (node/compose.mjs)."""

Json = dict[str, Any]

__all__ = [
    "DETAIL",
    "FEDERATED_DETAIL",
    "FEDERATED_LIST",
    "FULL",
    "LIST",
    "POSTGRAPHILE_DETAIL",
    "POSTGRAPHILE_LIST",
    "leaves",
    "rows",
    "services",
]


def leaves(value: Any) -> Iterator[object]:
    """Yield what *value* says, in its order and without the shape."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def rows(orders: Sequence[Json]) -> Rows:
    """Lay the answers to `FULL` out as rows."""
    return _Tables().of(orders)


def services(orders: Sequence[Json]) -> Json:
    """Lay the answers to `FULL` out as what REST services hold: of each service, key -> answer."""
    held: dict[str, Json] = {name: {} for name in ("customers", "variants", "stock", "shipments")}
    for order in orders:
        buyer = order["customer"]
        held["customers"][buyer["id"]] = buyer
        held["shipments"][order["id"]] = {"orderId": order["id"], "shipments": order["shipments"]}
        for line in order["lines"]:
            variant, sku = line["variant"], line["variant"]["sku"]
            held["variants"][sku] = {"sku": sku, "title": variant["title"]}
            held["stock"][sku] = {"sku": sku, "levels": variant["inventoryLevels"]}
    return {"orders": [_alone(order) for order in orders], **held}


def _alone(order: Json) -> Json:
    """What the service of orders says: others are only referred to."""
    lines = [
        {
            "id": line["id"],
            "quantity": line["quantity"],
            "unitPrice": {**order["totals"]["total"], **line["unitPrice"]},
            "sku": line["variant"]["sku"],
        }
        for line in order["lines"]
    ]
    own = {name: order[name] for name in order if name not in ("customer", "shipments")}
    return {**own, "customerId": order["customer"]["id"], "lines": lines}


class _Tables:
    def __init__(self) -> None:
        self._rows: dict[str, list[Json]] = defaultdict(list)
        self._keyed: dict[str, dict[str, Json]] = defaultdict(dict)
        self._delivery_ids = itertools.count(1)

    def of(self, orders: Sequence[Json]) -> Rows:
        for order in orders:
            self._order(order)
        return {**self._rows, **{name: list(held.values()) for name, held in self._keyed.items()}}

    def _add(self, table: str, row: Mapping[str, Any]) -> None:
        self._rows[table].append({"position": len(self._rows[table]) + 1, **row})

    def _order(self, order: Json) -> None:
        total, buyer = order["totals"]["total"], order["customer"]
        self._keyed["customers"][buyer["id"]] = {
            "id": buyer["id"],
            "first_name": buyer["firstName"],
            "email": buyer["email"],
        }
        self._add(
            "orders",
            {
                "id": order["id"],
                "number": order["number"],
                "status": order["status"],
                "placed_at": order["placedAt"],
                "amount": total["amount"],
                "currency_code": total["currencyCode"],
                "customer_id": buyer["id"],
            },
        )
        for line in order["lines"]:
            self._line(order["id"], line, total["currencyCode"])
        for shipment in order["shipments"]:
            self._shipment(order["id"], shipment)
        for source in order["sourceRefs"]:
            self._add("source_refs", {"order_id": order["id"], **source})

    def _line(self, order_id: str, line: Json, currency_code: str) -> None:
        variant = line["variant"]
        sku = variant["sku"]
        self._add(
            "order_lines",
            {
                "id": line["id"],
                "order_id": order_id,
                "quantity": line["quantity"],
                "unit_amount": line["unitPrice"]["amount"],
                "currency_code": currency_code,
                "sku": sku,
            },
        )
        if sku in self._keyed["variants"]:
            return
        self._keyed["variants"][sku] = {"sku": sku, "title": variant["title"]}
        for level in variant["inventoryLevels"]:
            code = level["location"]["code"]
            self._keyed["locations"][code] = {"code": code}
            row = {"sku": sku, "location_code": code, "available": level["available"]}
            self._add("levels", row)

    def _shipment(self, order_id: str, shipment: Json) -> None:
        known = {"id": shipment["id"], "order_id": order_id, "status": shipment["status"]}
        self._add("shipments", known)
        for tracking in shipment["tracking"]:
            self._add("trackings", {"shipment_id": shipment["id"], "carrier": tracking["carrier"]})
        for delivery in shipment["deliveries"]:
            delivery_id = next(self._delivery_ids)
            self._rows["deliveries"].append({"id": delivery_id, "shipment_id": shipment["id"]})
            for event in delivery["events"]:
                self._add(
                    "events",
                    {
                        "delivery_id": delivery_id,
                        "status": event["status"],
                        "occurred_at": event["occurredAt"],
                        "location": event["location"],
                    },
                )
