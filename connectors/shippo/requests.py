"""What we ask Shippo. Pure.

Source: endpoints.json and models.json (API 2018-02-08). Paths are written as there.
"""

from typing import Any
from urllib.parse import quote

from connectors.sdk.commands import BuyLabel
from connectors.sdk.errors import ConnectorError, Rejected, Unsupported
from connectors.sdk.http import Request
from connectors.sdk.values import Address, Parcel
from connectors.shippo import errors as refusals
from connectors.shippo.mapping.rates import price
from connectors.shippo.mapping.rates import service as service_of
from connectors.shippo.mapping.reading import Node

VERSION = {"shippo-api-version": "2018-02-08"}
"""Goes with every request: an account has a version of its own else."""

MOST_RESULTS = 100
"""The most that a list gives at once (models.json, ListTransactionsRequest)."""
LONGEST_METADATA = 100
"""Characters (models.json, TransactionCreateRequest)."""


def check() -> Request:
    """Ask for the newest transaction: any token may, and it costs nothing."""
    return transactions(1, 1)


def transactions(page: int, results: int) -> Request:
    """Ask for a page of the account's labels, newest first. No filter of it goes by time."""
    return _get("/transactions", ("page", str(page)), ("results", str(results)))


def transaction(transaction_id: str) -> Request:
    return _get(f"/transactions/{quote(transaction_id, safe='')}")


def rate(rate_id: str) -> Request:
    return _get(f"/rates/{quote(rate_id, safe='')}")


def track(tracker_id: str) -> Request | None:
    """Ask for a parcel by ``"usps/9205590164917337534322"``; None for what is no such id."""
    carrier, slash, number = tracker_id.partition("/")
    if not (carrier and slash and number):
        return None
    return _get(f"/tracks/{quote(carrier, safe='')}/{quote(number, safe='')}")


def create(command: BuyLabel) -> Request:
    """Ask for rates, and wait for them. Costs nothing.

    Raises: Rejected for a reference that could not be kept; Unsupported for several parcels, which
    Shippo makes several transactions of.
    """
    if not 0 < len(command.reference) <= LONGEST_METADATA:
        raise Rejected("a reference of 1 to 100 characters", code="REFERENCE", field="reference")
    if len(command.parcels) != 1:
        raise Unsupported("one parcel a label", code="PARCELS", field="parcels")
    body = {
        "address_from": _address(command.ship_from),
        "address_to": _address(command.ship_to),
        "parcels": [_parcel(command.parcels[0])],
        "metadata": command.reference,
        "async": False,
    }
    return _post("/shipments", body)


def buy(rate_id: str, reference: str) -> Request:
    """Buy postage, and wait for it. The metadata is what it is found again by."""
    return _post("/transactions", {"rate": rate_id, "metadata": reference, "async": False})


def refund(transaction_id: str) -> Request:
    return _post("/refunds", {"transaction": transaction_id, "async": False})


def _get(path: str, *query: tuple[str, str]) -> Request:
    return Request(method="GET", path=path, query=query, is_safe=True)


def _post(path: str, body: dict[str, Any]) -> Request:
    return Request(method="POST", path=path, json=body, is_safe=False)


def _address(address: Address) -> dict[str, str]:
    """Write what is known; Shippo says itself what it lacks."""
    parts = {
        "name": address.name,
        "company": address.company,
        "street1": address.line1,
        "street2": address.line2,
        "city": address.city,
        "state": address.province,
        "zip": address.postal_code,
        "country": address.country_code,
        "phone": address.phone,
        "email": address.email,
    }
    return {key: part for key, part in parts.items() if part}


def _parcel(parcel: Parcel) -> dict[str, str]:
    """Grams and millimetres as they are: Shippo takes both. Sizes are required there, and not
    invented here: without them Shippo refuses, naming the one that lacks."""
    sizes = {"length": parcel.length_mm, "width": parcel.width_mm, "height": parcel.height_mm}
    stated = {key: str(size) for key, size in sizes.items() if size is not None}
    units = {"mass_unit": "g", "distance_unit": "mm"}
    return {"weight": str(parcel.weight_g), **stated, **units}


def choose(shipment: Node, service: str | None) -> Node:
    """Return the rate to buy: the cheapest, of *service* where one is named (by its token,
    ``"usps_priority"``).

    Raises: Rejected, when nothing fits, or prices are in several currencies; Unavailable, when a
    carrier asks to try again.
    """
    rates = shipment.nodes("rates")
    fitting = [one for one in rates if service in (None, service_of(one))]
    if not fitting:
        raise _no_rate(shipment, service if rates else None)
    if len({price(one).currency for one in fitting}) > 1:
        raise Rejected("rates in several currencies: name a service", code="CURRENCIES")
    return min(fitting, key=lambda one: price(one).minor)


def _no_rate(shipment: Node, service: str | None) -> ConnectorError:
    if service is not None:
        return Rejected(f"no rate for service {service!r}", code="SERVICE", field="service")
    return refusals.of_messages("no rates", shipment.value.get("messages"))
