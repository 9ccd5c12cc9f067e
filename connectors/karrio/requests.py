"""What is sent to karrio. Pure. Source: karrio server 2026.1.32, OpenAPI at ``/openapi``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from connectors.sdk.commands import BuyLabel
from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Request
from connectors.sdk.records import Kind
from connectors.sdk.values import Address, Parcel

PAGE_ROWS = 100
KEY = "gateway_key"
"""Under which our idempotency key stands in a shipment's metadata."""

LABEL_TYPES = ("PDF", "ZPL", "PNG")
SHORTEST_PRIVATE_TEXT = 4
"""Characters. Shorter parts of an address ("NV") name nobody, and stand in many a word."""

Filters = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an account is opened with, checked."""

    url: str
    token: str = field(repr=False)
    carrier_ids: tuple[str, ...]
    label_type: str

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Settings":
        """Raises: Misconfigured."""
        token = given.get("token", "").strip()
        if not token or not token.isprintable():
            raise Misconfigured("token: missing, or not a token")
        label_type = given.get("label_type", "PDF").strip().upper() or "PDF"
        if label_type not in LABEL_TYPES:
            raise Misconfigured(f"label_type: not one of {', '.join(LABEL_TYPES)}")
        if not given.get("url"):
            raise Misconfigured("url: missing")
        carriers = (each.strip() for each in given.get("carrier_ids", "").split(","))
        return cls(
            url=given["url"].rstrip("/"),
            token=token,
            carrier_ids=tuple(each for each in carriers if each),
            label_type=label_type,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list, and karrio's words for what may still change and what is over."""

    path: str
    open_words: tuple[str, ...]
    final_words: tuple[str, ...] = ("delivered", "cancelled")

    @property
    def is_open(self) -> Filters:
        return tuple(("status", word) for word in self.open_words)

    @property
    def is_final(self) -> Filters:
        return tuple(("status", word) for word in self.final_words)


LISTINGS: Mapping[Kind, Listing] = {
    Kind.TRACKER: Listing(
        path="/v1/trackers",
        open_words=(
            "pending",
            "picked_up",
            "in_transit",
            "out_for_delivery",
            "ready_for_pickup",
            "on_hold",
            "delivery_delayed",
            "delivery_failed",
            "return_to_sender",
            "unknown",
        ),
    ),
    Kind.SHIPMENT: Listing(
        path="/v1/shipments",
        open_words=(
            "draft",
            "created",
            "shipped",
            "in_transit",
            "out_for_delivery",
            "needs_attention",
            "delivery_failed",
        ),
    ),
}


def about() -> Request:
    """The server's name and version; needs no token."""
    return Request(method="GET", path="/", is_safe=True)


def connections() -> Request:
    """The account's carrier connections."""
    query = (("limit", "1000"),)
    return Request(method="GET", path="/v1/connections", query=query, is_safe=True)


def rows(listing: Listing, filters: Filters, offset: int) -> Request:
    """One page of a list, newest first."""
    query = (*filters, ("limit", str(PAGE_ROWS)), ("offset", str(offset)))
    return Request(method="GET", path=listing.path, query=query, is_safe=True)


def created(*, after: datetime | None = None, before: datetime | None = None) -> Filters:
    """Both ends are included."""
    bounds = (("created_after", after), ("created_before", before))
    return tuple((name, time.isoformat()) for name, time in bounds if time)


def shipments(ids: Sequence[str]) -> Request:
    """Several shipments at once; those that are not there are left out of the answer."""
    query = (("id", ",".join(ids)), ("limit", str(len(ids))))
    return Request(method="GET", path="/v1/shipments", query=query, is_safe=True)


def shipment(shipment_id: str) -> Request:
    return Request(method="GET", path=f"/v1/shipments/{quote(shipment_id, safe='')}", is_safe=True)


def tracker(tracker_id: str) -> Request:
    """One tracker, by its id or by its parcel's number; several at once cannot be asked for."""
    return Request(method="GET", path=f"/v1/trackers/{quote(tracker_id, safe='')}", is_safe=True)


def add_tracker(number: str, carrier_name: str) -> Request:
    """Have karrio follow *number*; the tracker there is, when there is one."""
    body = {"tracking_number": number, "carrier_name": carrier_name}
    return Request(method="POST", path="/v1/trackers", json=body, is_safe=True)


def delete_tracker(tracker_id: str) -> Request:
    path = f"/v1/trackers/{quote(tracker_id, safe='')}"
    return Request(method="DELETE", path=path, is_safe=False)


def bought(command: BuyLabel) -> Request:
    """Find what *command* bought. The reference narrows it in the database (as a part of the text,
    so GW-1 finds GW-10 too); karrio compares metadata one by one after that."""
    query = (
        ("reference", command.reference),
        ("metadata_key", KEY),
        ("metadata_value", key_of(command)),
        ("limit", str(PAGE_ROWS)),
    )
    return Request(method="GET", path="/v1/shipments", query=query, is_safe=True)


def key_of(command: BuyLabel) -> str:
    """The key as it is written and asked for: karrio strips what it is asked for, and would not
    find a key with a blank at its end."""
    return command.key.strip()


def rates(command: BuyLabel, carrier_ids: Sequence[str]) -> Request:
    """Ask every carrier for its prices; nothing is stored."""
    body = {**_consignment(command), "carrier_ids": list(carrier_ids)}
    return Request(method="POST", path="/v1/proxy/rates", json=body, is_safe=True)


def buy(command: BuyLabel, service: str, carrier_ids: Sequence[str], label_type: str) -> Request:
    """Make the shipment and buy its label in one request: karrio keeps both or neither.

    There is no field for "this is a return": over REST karrio ignores ``is_return``, so a return
    label is one from the customer to us.
    """
    body = {
        **_consignment(command),
        "service": service,
        "carrier_ids": list(carrier_ids),
        "label_type": label_type,
        "reference": command.reference,
        "metadata": {KEY: key_of(command)},
    }
    return Request(method="POST", path="/v1/shipments", json=body, is_safe=False)


def cancel(shipment_id: str) -> Request:
    """Void a label; 202 when it was already void."""
    path = f"/v1/shipments/{quote(shipment_id, safe='')}/cancel"
    return Request(method="POST", path=path, json={}, is_safe=False)


def private(command: BuyLabel) -> tuple[str, ...]:
    """The texts that tell of a person, which no error may repeat."""
    stated = [
        text
        for address in (command.ship_from, command.ship_to)
        for name, text in _address(address).items()
        if name not in ("country_code", "state_code")
    ]
    return tuple(text for text in stated if len(text) >= SHORTEST_PRIVATE_TEXT)


def _consignment(command: BuyLabel) -> dict[str, object]:
    return {
        "shipper": _address(command.ship_from),
        "recipient": _address(command.ship_to),
        "parcels": [_parcel(parcel) for parcel in command.parcels],
    }


def _address(address: Address) -> dict[str, str]:
    parts = {
        "person_name": address.name,
        "company_name": address.company,
        "address_line1": address.line1,
        "address_line2": address.line2,
        "city": address.city,
        "state_code": address.province,
        "postal_code": address.postal_code,
        "country_code": address.country_code,
        "phone_number": address.phone,
        "email": address.email,
    }
    return {name: part for name, part in parts.items() if part}


def _parcel(parcel: Parcel) -> dict[str, object]:
    sides = {
        "length": parcel.length_mm,
        "width": parcel.width_mm,
        "height": parcel.height_mm,
    }
    stated = {name: _tens(side, 1) for name, side in sides.items() if side is not None}
    unit = {"dimension_unit": "CM"} if stated else {}
    return {"weight": _tens(parcel.weight_g, 3), "weight_unit": "KG", **stated, **unit}


def _tens(amount: int, digits: int) -> Decimal:
    """*amount* in the unit that is 10**digits as large, exactly; karrio takes it as a text."""
    return Decimal(amount).scaleb(-digits)
