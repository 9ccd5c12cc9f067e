"""What we ask EasyPost, and how far a reading of a list has come. Pure.

Source: docs.easypost.com/docs/shipments, /trackers, /pagination; recorded requests 2025-03.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any, Self
from urllib.parse import quote

import msgspec
import msgspec.structs

from connectors.easypost import mapping
from connectors.easypost.mapping import Node
from connectors.sdk import changes
from connectors.sdk.commands import BuyLabel
from connectors.sdk.errors import Malformed, Rejected, Unsupported
from connectors.sdk.http import Request
from connectors.sdk.records import Kind
from connectors.sdk.values import Address, Parcel

PAGE_SIZE = 100
"""The most that EasyPost gives at once (docs.easypost.com/docs/pagination)."""

FIRST_EVER = datetime(2012, 1, 1, tzinfo=UTC)
"""EasyPost opened in 2012: where a backfill begins. A missing start means "a month ago"."""

READABLE = (Kind.TRACKER, Kind.SHIPMENT)

OVERLAP = {
    Kind.TRACKER: timedelta(minutes=1),  # clocks, and what is created while a page is read
    Kind.SHIPMENT: timedelta(days=1),  # listed by when it was rated; bought up to a day later
}

FINAL = ("delivered", "cancelled", "canceled")
LONGEST_OPEN = timedelta(days=60)
"""Older trackers and labels are not read again by a pull: twice the 30 days that the slowest
refund takes, and far beyond a parcel's journey. Webhooks and fetch know no such age."""

CLOCKS = timedelta(days=1)
"""How far ahead of ours EasyPost's clock may be; it knows of nothing later than now anyway."""

SIBLINGS_WITHIN = timedelta(hours=1)
"""Two shipments of one reference come from one create whose answer was lost, and the next try: they
are apart by no more than EasyPost takes for a request. An hour is far more than that."""

GRAMS_PER_OUNCE = Decimal("28.349523125")
MM_PER_INCH = Decimal("25.4")


def check() -> Request:
    """Ask for the newest tracker: any key may, and it costs nothing."""
    return _get("/trackers", ("page_size", "1"))


def one(kind: Kind, external_id: str) -> Request:
    """Ask for a subject by id. A shipment may also be asked for by its reference."""
    return _get(f"/{kind}s/{quote(external_id, safe='')}")


def create(command: BuyLabel) -> Request:
    """Ask for rates. Costs nothing; our reference makes the shipment findable.

    Raises: Unsupported for several parcels (that is EasyPost's Order, which few carriers take);
    Rejected for a reference that could not be found again, as it is asked for within a path.
    """
    if not re.fullmatch(r"[^/.]+", command.reference):
        raise Rejected("a reference without / and .", code="REFERENCE", field="reference")
    if len(command.parcels) != 1:
        raise Unsupported("one parcel a label", code="PARCELS", field="parcels")
    return _post(
        "/shipments",
        {
            "shipment": {
                "to_address": _address(command.ship_to),
                "from_address": _address(command.ship_from),
                "parcel": _parcel(command.parcels[0]),
                "reference": command.reference,
            }
        },
    )


def buy(shipment_id: str, rate_id: str) -> Request:
    return _post(f"/shipments/{quote(shipment_id, safe='')}/buy", {"rate": {"id": rate_id}})


def refund(shipment_id: str) -> Request:
    return _post(f"/shipments/{quote(shipment_id, safe='')}/refund", {})


def _get(path: str, *query: tuple[str, str]) -> Request:
    return Request(method="GET", path=path, query=query, is_safe=True)


def _post(path: str, body: dict[str, Any]) -> Request:
    return Request(method="POST", path=path, json=body, is_safe=False)


def _address(address: Address) -> dict[str, str]:
    """Write what is known; EasyPost reads an absent part as unknown."""
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


def _parcel(parcel: Parcel) -> dict[str, float]:
    """Units: ounces and inches, to one decimal, rounded up: a carrier charges for too little."""
    sizes = {"length": parcel.length_mm, "width": parcel.width_mm, "height": parcel.height_mm}
    inches = {key: _tenths(mm, MM_PER_INCH) for key, mm in sizes.items() if mm is not None}
    return {"weight": _tenths(parcel.weight_g, GRAMS_PER_OUNCE), **inches}


def _tenths(amount: int, per_unit: Decimal) -> float:
    """A JSON number, as the contract wants; a decimal with one digit survives the float."""
    return float((amount / per_unit).quantize(Decimal("0.1"), ROUND_CEILING))


def choose(shipment: Node, service: str | None) -> str:
    """Return the id of the rate to buy: the cheapest, of *service* where one is named (by its name,
    ``"Priority"``, or with its carrier, ``"USPS:Priority"``).

    Raises: Rejected, when nothing fits, or prices are in several currencies.
    """
    rates = [rate for rate in shipment.nodes("rates") if service in (None, *_names(rate))]
    prices = {rate.text("id"): rate.money("rate", "currency") for rate in rates}
    if not prices:
        raise _no_rate(shipment, service)
    if len({price.currency for price in prices.values()}) > 1:
        raise Rejected("rates in several currencies: name a service", code="CURRENCIES")
    return min(prices, key=lambda rate_id: prices[rate_id].minor)


def _names(rate: Node) -> tuple[str, str]:
    return rate.text("service"), f"{rate.text('carrier')}:{rate.text('service')}"


def _no_rate(shipment: Node, service: str | None) -> Rejected:
    """Say why in the carriers' words: ``{"carrier": "USPS", "type": "rate_error", ...}``."""
    if shipment.nodes("rates"):
        return Rejected(f"no rate for service {service!r}", code="SERVICE", field="service")
    said = shipment.nodes("messages")
    why = "; ".join(f"{m.maybe_text('carrier')}: {m.maybe_text('message')}" for m in said)
    code = (said[0].maybe_text("type") if said else None) or "SHIPMENT.RATES.UNAVAILABLE"
    return Rejected(f"no rates: {why or 'no reason given'}"[:200], code=code)


# Reading lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a list. *oldest_open*: the creation of the oldest subject that may yet change."""

    changes: tuple[changes.Change, ...]
    last_id: str | None
    has_more: bool
    oldest_open: datetime | None


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """How far one reading of a list has come; its text is the checkpoint.

    Lists are filtered by creation and come newest first. A walk reads what was created from *start*
    until *until*, page by page, each beginning *before* the last one's end; the next walk begins at
    the oldest subject found that may still change (*open*), so that it is read again.
    """

    start: datetime
    until: datetime | None = None
    before: str | None = None
    open: datetime | None = None

    @classmethod
    def begin(cls, since: str | None, now: datetime) -> Self:
        """Go on from checkpoint *since*: in the middle of a walk that was cut off, or anew.

        Raises: Malformed when *since* is none of ours.
        """
        try:
            walk = msgspec.json.decode(since, type=cls) if since else cls(start=FIRST_EVER)
        except msgspec.DecodeError as error:
            raise Malformed(f"not a checkpoint: {error}") from error
        return walk if walk.until else msgspec.structs.replace(walk, until=now)

    def after(self, kind: Kind, page: Listing) -> Self:
        """Return the walk after *page*: further down, or at the start of the next."""
        still = [time for time in (self.open, page.oldest_open) if time]
        if page.has_more:
            return msgspec.structs.replace(self, before=page.last_id, open=min(still, default=None))
        # One second back: "created after" leaves out the subject of that very second.
        seen_to = (self.until or self.start) - OVERLAP[kind]
        return type(self)(start=min([seen_to, *still]) - timedelta(seconds=1))

    def again(self) -> Self:
        """Return the walk from its top: what it stood before is gone."""
        return msgspec.structs.replace(self, before=None)

    @property
    def is_over(self) -> bool:
        return self.until is None

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


def page(kind: Kind, walk: Walk) -> Request:
    """Ask for the walk's next page. Both ends are always stated: a missing one means a month."""
    before = [("before_id", walk.before)] if walk.before else []
    return _listing(kind, walk.start, (walk.until or walk.start) + CLOCKS, *before)


def siblings(shipment: Node, before: str | None) -> Request:
    """Ask for what was bought around the time when *shipment* was created."""
    created_at = shipment.time("created_at")
    cursor = [("before_id", before)] if before else []
    start, end = created_at - SIBLINGS_WITHIN, created_at + SIBLINGS_WITHIN
    return _listing(Kind.SHIPMENT, start, end, *cursor)


def _listing(kind: Kind, start: datetime, end: datetime, *cursor: tuple[str, str]) -> Request:
    bounds = ("start_datetime", _iso(start)), ("end_datetime", _iso(end))
    return _get(f"/{kind}s", ("page_size", str(PAGE_SIZE)), *bounds, *cursor)


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def listing(kind: Kind, body: object, read_at: datetime) -> Listing:
    """Read a page of trackers or shipments; one bad record does not spoil it.

    Raises: Malformed when the page itself is not one.
    """
    answer = Node.of(body)
    nodes = answer.nodes(f"{kind}s")
    found = [change for node in nodes for change in listed(kind, node, read_at)]
    still = [created for node in nodes if (created := _open_since(node, read_at))]
    return Listing(
        changes=tuple(found),
        last_id=nodes[-1].text("id") if nodes else None,
        has_more=bool(nodes) and answer.value.get("has_more") is True,
        oldest_open=min(still, default=None),
    )


def listed(kind: Kind, node: Node, read_at: datetime) -> list[changes.Change]:
    """Read one subject, or say why it cannot be read."""
    external_id = node.value.get("id")
    return changes.read(
        kind,
        external_id if isinstance(external_id, str) else None,
        msgspec.json.encode(node.value).decode(),
        lambda: _read(kind, node, read_at),
    )


def _read(kind: Kind, node: Node, read_at: datetime) -> list[changes.Change]:
    if kind is Kind.TRACKER:
        return [mapping.tracker(node)]
    return mapping.shipment(node, read_at)


def _open_since(node: Node, read_at: datetime) -> datetime | None:
    """Return when the subject was created, if it may change without a change of that time.

    ``finalized`` true on a tracker means that EasyPost will not look again.
    """
    try:
        created_at, word = node.time("created_at"), mapping.word(node)
    except Malformed:
        return None
    refund = node.value.get("refund_status")
    is_done = word in FINAL or node.value.get("finalized") is True or refund == "refunded"
    if (is_done and refund != "submitted") or read_at - created_at > LONGEST_OPEN:
        return None
    return created_at
