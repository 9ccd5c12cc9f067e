"""What is written into Odoo, as it wants it written. Pure.

``[0, 0, {...}]`` makes a record of an x2many, ``[6, 0, [ids]]`` replaces all of one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.odoo.mapping.wire import Row
from connectors.odoo.requests import Json, decimal
from connectors.sdk.commands import RequestedLine, RequestFulfillment, RequestReturn
from connectors.sdk.values import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Odoo's ids for where an address is; None for what the address does not state."""

    country: int | None
    state: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Odoo's ids for what a request names; *products*: product and unit of each line."""

    customer: int
    recipient: int
    warehouse: int
    pricelist: int
    carrier: int | None
    products: Sequence[tuple[int, int]]


def sale(command: RequestFulfillment, parts: Parts) -> Mapping[str, Json]:
    """Return the sale that asks a warehouse to send *command*'s goods.

    No taxes and no postage: the shop has been paid already. What of it is available is not to wait
    for the rest (*direct*).
    """
    method = f" ({command.shipping_method})" if command.shipping_method else ""
    pairs = zip(command.lines, parts.products, strict=True)
    return {
        "partner_id": parts.customer,
        "partner_invoice_id": parts.customer,
        "partner_shipping_id": parts.recipient,
        "client_order_ref": command.reference,
        "note": f"Order {command.order_number}{method}",
        "warehouse_id": parts.warehouse,
        "pricelist_id": parts.pricelist,
        "carrier_id": parts.carrier or False,
        "picking_policy": "direct",
        "order_line": [[0, 0, _line(line, product, unit)] for line, (product, unit) in pairs],
    }


def partner(ship_to: Address, place: Place) -> Mapping[str, Json]:
    """Return somebody who is not in the address book yet."""
    return {**_where(ship_to, place), "customer": True, "name": name(ship_to)}


def delivery_address(ship_to: Address, place: Place, owner: int) -> Mapping[str, Json]:
    """Return another address of somebody who is: it goes by the name on the parcel."""
    named: Mapping[str, Json] = {
        "parent_id": owner,
        "type": "delivery",
        "customer": False,
        "name": name(ship_to),
    }
    return {**_where(ship_to, place), **named}


def name(ship_to: Address) -> str:
    """Odoo wants a name of everybody."""
    return ship_to.name or ship_to.company or ship_to.email or "?"


def is_same(one: Address, other: Address) -> bool:
    """Tell whether a parcel to either arrives at the same door."""
    return _parts(one) == _parts(other)


def inventory(key: str, location: int, product: int, quantity: int) -> Mapping[str, Json]:
    """Return the count of one product in one place, which goes by our *key*."""
    counted: Json = {"product_id": product, "location_id": location, "product_qty": quantity}
    return {
        "name": key,
        "location_id": location,
        "filter": "partial",
        "line_ids": [[0, 0, counted]],
    }


def return_note(command: RequestReturn) -> str:
    """Return what tells staff why goods come back, and us which request it was of."""
    why = command.reason.replace("_", " ").capitalize()
    said = f": {command.note}" if command.note else ""
    return f"{why}{said}\n{tag(command.key)}"


def tag(key: str) -> str:
    """Return *key* so that one is not found within another."""
    return f"[{key}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Where returned goods go: the type of transfer and the shelf of the warehouse; *sent* is the
    transfer that they left by."""

    sent: Row
    type: int
    shelf: int
    warehouse: int


def return_transfer(
    command: RequestReturn, back: Back, moves: Sequence[Json]
) -> Mapping[str, Json]:
    """Return the transfer that brings goods back, as Odoo's own wizard makes it."""
    return {
        "picking_type_id": back.type,
        "location_id": back.sent.link("location_dest_id"),
        "location_dest_id": back.shelf,
        "partner_id": back.sent.link("partner_id") or False,
        "origin": f"Return of {back.sent.text('name')}",
        "note": return_note(command),
        "move_lines": moves,
    }


def return_move(move: Row, quantity: int, back: Back) -> Json:
    """Return the move that takes back *quantity* of what *move* sent. *to_refund* is what lets the
    sale's delivered quantity go down."""
    product = move.link("product_id")
    values: Mapping[str, Json] = {
        "name": move.text("name"),
        "product_id": product,
        "product_uom": move.link("product_uom"),
        "product_uom_qty": quantity,
        "location_id": move.link("location_dest_id"),
        "location_dest_id": back.shelf,
        "picking_type_id": back.type,
        "warehouse_id": back.warehouse,
        "origin_returned_move_id": move.id,
        "move_orig_ids": [[4, move.id]],
        "procure_method": "make_to_stock",
        "group_id": move.link("group_id") or False,
        "sale_line_id": move.link("sale_line_id") or False,
        "to_refund": True,
    }
    return [0, 0, values]


def _line(line: RequestedLine, product: int, unit: int) -> Mapping[str, Json]:
    return {
        "product_id": product,
        "product_uom": unit,
        "product_uom_qty": line.quantity,
        "price_unit": decimal(line.unit_price.amount),
        "name": line.title,
        "tax_id": [[6, 0, []]],
    }


def _where(ship_to: Address, place: Place) -> Mapping[str, Json]:
    second = [ship_to.company if ship_to.name else None, ship_to.line2]
    return {
        "street": ship_to.line1 or False,
        "street2": ", ".join(part for part in second if part) or False,
        "city": ship_to.city or False,
        "zip": ship_to.postal_code or False,
        "state_id": place.state or False,
        "country_id": place.country or False,
        "phone": ship_to.phone or False,
        "email": ship_to.email or False,
    }


def _parts(one: Address) -> tuple[str, ...]:
    second = [one.company if one.name else None, one.line2]
    street = [one.line1, ", ".join(part for part in second if part)]
    place = [one.city, one.postal_code, one.country_code]
    named = one.name or one.company
    return tuple((part or "").strip().casefold() for part in (named, *street, *place))
