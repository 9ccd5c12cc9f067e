"""What is written into Tryton, as it wants it written. Pure.

REST runs none of what a window fills in by itself (`on_change`): whatever a sale needs is here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.sdk.commands import RequestedLine, RequestFulfillment, RequestReturn
from connectors.sdk.values import Address
from connectors.tryton.mapping import wire
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Json, decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Tryton's ids for where an address is; None for what the address does not state."""

    country: int | None
    subdivision: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Tryton's ids for what a request names; *products*: product and unit of each line."""

    party: int
    address: int
    warehouse: int
    currency: int
    carrier: int | None
    products: Sequence[tuple[int, int]]


def sale(command: RequestFulfillment, company: int, parts: Parts) -> Mapping[str, Json]:
    """Return the sale that asks a warehouse to send *command*'s goods.

    Invoices are left to be written by hand, so that none is: the shop has been paid already. No
    taxes for the same reason. Without a `shipment_cost_method` no postage is put on the bill.
    """
    method = f" ({command.shipping_method})" if command.shipping_method else ""
    pairs = zip(command.lines, parts.products, strict=True)
    return {
        "company": company,
        "party": parts.party,
        "invoice_address": parts.address,
        "shipment_address": parts.address,
        "warehouse": parts.warehouse,
        "currency": parts.currency,
        "reference": command.reference,
        "description": f"Order {command.order_number}{method}",
        "carrier": parts.carrier,
        "invoice_method": "manual",
        "shipment_method": "order",
        "shipment_cost_method": None,
        "lines": [["create", [_line(line, product, unit) for line, (product, unit) in pairs]]],
    }


TERMS = (
    "party",
    "invoice_party",
    "invoice_address",
    "shipment_party",
    "shipment_address",
    "warehouse",
    "currency",
    "payment_term",
    "invoice_method",
    "lines.product",
    "lines.unit",
    "lines.unit_price",
    "lines.taxes",
)
"""Of the sale whose goods come back: what its return repeats."""

_KEPT = (
    "party",
    "invoice_party",
    "invoice_address",
    "shipment_party",
    "shipment_address",
    "currency",
    "payment_term",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """What a return takes back: *lines*, units by line of the sale whose *terms* these are; to
    another *warehouse* than theirs, unless None."""

    terms: Row
    lines: Mapping[int, int]
    warehouse: int | None
    reference: str


def return_sale(command: RequestReturn, company: int, takes: Takes) -> Mapping[str, Json]:
    """Return the sale that takes goods back, as Tryton's own wizard for it (`sale.return_sale`)
    writes it: on the terms of the first. It is invoiced as that was: what the customer was never
    billed is not credited either.

    Source: trytond_sale 8.2 sale.py (ReturnSale).
    """
    terms = takes.terms
    lines = [line for line in terms.rows("lines") if line.id in takes.lines]
    return {
        **{name: terms.link(name) for name in _KEPT},
        "company": company,
        "warehouse": takes.warehouse or terms.link("warehouse"),
        "origin": wire.name("sale.sale", terms.id),
        "reference": takes.reference,
        "description": f"Return: {command.reason}",
        "comment": command.note,
        "invoice_method": terms.text("invoice_method"),
        "shipment_method": "order",
        "shipment_cost_method": None,
        "lines": [["create", [_taken_back(line, takes.lines[line.id]) for line in lines]]],
    }


def _taken_back(line: Row, units: int) -> Mapping[str, Json]:
    return {
        "type": "line",
        "product": line.link("product"),
        "unit": line.link("unit"),
        "quantity": -units,
        "unit_price": decimal(line.amount("unit_price")),
        "taxes": [["add", line.ids("taxes")]],
    }


def party(ship_to: Address, place: Place) -> Mapping[str, Json]:
    """Return the party of somebody who is not in the address book yet."""
    mechanisms = [("email", ship_to.email), ("phone", ship_to.phone)]
    return {
        "name": name(ship_to),
        "addresses": [["create", [address(ship_to, place)]]],
        "contact_mechanisms": [
            ["create", [{"type": type, "value": value} for type, value in mechanisms if value]]
        ],
    }


def address(ship_to: Address, place: Place) -> Mapping[str, Json]:
    street = [ship_to.company, ship_to.line1, ship_to.line2]
    return {
        # The name on the parcel, which need not be that of the one whose mail address it is.
        "party_name": ship_to.name,
        "street_unstructured": "\n".join(line for line in street if line),
        "city": ship_to.city,
        "postal_code": ship_to.postal_code,
        "country": place.country,
        "subdivision": place.subdivision,
    }


def name(ship_to: Address) -> str | None:
    return ship_to.name or ship_to.company or ship_to.email


def is_same(held: Address, ship_to: Address) -> bool:
    """Tell whether a parcel to *held* arrives where, and at whom, *ship_to* says."""
    return _parts(held) == _parts(ship_to)


def subdivision_code(ship_to: Address) -> str | None:
    """Return ISO 3166-2, as Tryton has it: ``"US-NV"`` of ``"NV"``."""
    if not ship_to.province or not ship_to.country_code:
        return None
    prefix = f"{ship_to.country_code}-"
    return prefix + ship_to.province.removeprefix(prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    shipment: str
    company: int
    type: int
    moves: Sequence[int]
    number: str


def package(one: Package) -> Mapping[str, Json]:
    return {
        "company": one.company,
        "shipment": one.shipment,
        "type": one.type,
        "moves": [["add", one.moves]],
        "shipping_reference": one.number,
    }


def inventory(company: int, location: int, product: int, quantity: int) -> Mapping[str, Json]:
    return {
        "company": company,
        "location": location,
        "lines": [["create", [{"product": product, "quantity": quantity}]]],
    }


def _line(line: RequestedLine, product: int, unit: int) -> Mapping[str, Json]:
    return {
        "type": "line",
        "product": product,
        "unit": unit,
        "quantity": line.quantity,
        "unit_price": decimal(line.unit_price.amount),
    }


def _parts(one: Address) -> tuple[str, ...]:
    street = [one.company, one.line1, *(one.line2 or "").split(", ")]
    place = [one.city, one.postal_code, one.country_code]
    return tuple(
        (part or "").strip().casefold() for part in (one.name, *filter(None, street), *place)
    )
