"""Record that units left: a fulfillment, ours by a note, brought to Shipped."""

import re
from dataclasses import dataclass

from connectors.sdk.changes import Change
from connectors.sdk.commands import RecordShipment
from connectors.sdk.errors import Conflict, Rejected
from connectors.vendure import requests
from connectors.vendure.mapping import Node, Reading, counters, marks
from connectors.vendure.mapping.history import History
from connectors.vendure.plans import subject
from connectors.vendure.plans.plan import Do, Done
from connectors.vendure.requests import Call

DEFAULT_METHOD = "Shipment"
"""The handler demands a method; people read it."""

_CLAIM = re.compile(r"\AShipment recorded as fulfillment (?P<id>.+)\Z")

_LEFT = ("Shipped", "Delivered")


@dataclass(frozen=True, slots=True)
class Shipment:
    """Three steps: make the fulfillment, claim it, ship it.

    A fulfillment has no field for a key. One of the same parcel number and the same units, claimed
    by no other key, is what an earlier attempt made (or a person did, recording the same parcel).
    The claim, a note with our key that staff alone see, tells it from a twin: two commands for the
    same units in one parcel. The outbox sends one order's commands one after the other, so an
    unclaimed fulfillment never belongs to a command still under way.
    """

    command: RecordShipment

    def look(self) -> Call:
        if not self.command.lines:
            raise Rejected("a shipment needs lines", code="LINES", field="lines")
        subject.require_counts(self.command.lines)
        return requests.order_for_command(self.command.order_id)

    def decide(self, root: Node, reading: Reading) -> Do | Done:
        order = subject.order_in(root, self.command.order_id)
        subject.require_known(order, self.command.lines)
        claims = _claims(order)
        ours = _ours(order, self.command, claims)
        if ours is None:
            return Do(call=_make(order, self.command))
        own_id, state = ours["id"].text(), ours["state"].text()
        if state == "Cancelled":
            raise Conflict(f"fulfillment {own_id} was canceled", code="FULFILLMENT_CANCELED")
        if own_id not in claims:
            note = marks.mark(f"Shipment recorded as fulfillment {own_id}", self.command.key)
            return Do(call=requests.add_note(self.command.order_id, note))
        if state in _LEFT:
            return Done()
        return Do(call=requests.move_fulfillment(own_id, "Shipped"), is_last=True)

    def report(self, root: Node, reading: Reading) -> list[Change]:
        return subject.records(subject.order_in(root, self.command.order_id), reading)

    def made(self, root: Node) -> str | None:
        order = subject.order_in(root, self.command.order_id)
        ours = _ours(order, self.command, _claims(order))
        return ours["id"].text() if ours else None


def _claims(order: Node) -> dict[str, str]:
    """Return keys by the id of the fulfillment that they claimed."""
    claims: dict[str, str] = {}
    for note in History.of(order).notes:
        text, key = marks.split(note)
        if key and (found := _CLAIM.match(text or "")):
            claims[found["id"]] = key
    return claims


def _ours(order: Node, command: RecordShipment, claims: dict[str, str]) -> Node | None:
    fulfillments = order["fulfillments"].items()
    for one in fulfillments:
        if claims.get(one["id"].text()) == command.key:
            return one
    unclaimed = [one for one in fulfillments if one["id"].text() not in claims]
    return next((one for one in unclaimed if _is_same(order, one, command)), None)


def _is_same(order: Node, fulfillment: Node, command: RecordShipment) -> bool:
    if fulfillment["state"].value == "Cancelled":
        return False
    if (fulfillment.optional("trackingCode") or "") != command.tracking.number.strip():
        return False
    held = counters.units(fulfillment)
    return subject.allot(order, command.lines, held) == dict(held)


def _make(order: Node, command: RecordShipment) -> Call:
    units = subject.allot(order, command.lines, counters.open_units(order))
    if units is None:
        raise Conflict("fewer units are left to ship", code="NOT_OPEN", field="lines")
    method = command.tracking.carrier or DEFAULT_METHOD
    return requests.add_fulfillment(units, method, command.tracking.number.strip())
