"""ReceiveReturn: units of a return are here, and what becomes of them.

Shopify writes down each disposition for good, and keeps no key with it. So the first attempt marks
on the order how many units there are to be of each disposition; whoever comes after it writes what
is lacking of that.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from connectors.sdk.commands import Outcome, ReceiveReturn
from connectors.sdk.errors import (
    Conflict,
    ConnectorError,
    Malformed,
    Missing,
    Rejected,
    Unavailable,
)
from connectors.sdk.records.states import Disposition
from connectors.shopify.mapping import parts
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.requests import marks
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.flow import Flow, ReadOrder, outcome_now, read_order, refuse
from connectors.shopify.requests.reads import is_gid

# Source: admin-2026-10.graphql, ReverseFulfillmentOrderDispositionType.
_TYPES = {
    Disposition.RESTOCKED: "RESTOCKED",
    Disposition.QUARANTINE: "PROCESSING_REQUIRED",
    Disposition.DAMAGED: "NOT_RESTOCKED",
    Disposition.DESTROYED: "NOT_RESTOCKED",
}

Units = Counter[tuple[str, str]]
"""Units by (line of a reverse fulfillment order, type of disposition)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The return, and the order that it is of."""

    order: ReadOrder
    order_id: str
    back: Answer

    @property
    def mark(self) -> str:
        return "receive_" + self.back["id"].text.rsplit("/", 1)[1]

    @property
    def disposed(self) -> Units:
        found: Units = Counter()
        for line in parts.coming_back(self.back):
            for one in line["dispositions"].items:
                found[line["id"].text, one["type"].text] += one["quantity"].whole
        return found


def receive(command: ReceiveReturn) -> Flow[Outcome]:
    """After a crash: what the mark says is what is to be, however much of it is.

    Raises: Conflict when fewer units are to come, Unavailable while another receipt of this return
    has not come to its end: which units are whose could not be told apart.
    """
    found = yield from _find(command)
    others = yield from _marked(found)
    target = others.pop(_name(command), None)
    if target is None:
        target = _target(command, found, others)
        _dispositions(command, found, target)
        yield from _mark(found, {**others, _name(command): target})
    lacking = _dispositions(command, found, target)
    if lacking:
        yield from _dispose(found, lacking, others)
    return (yield from outcome_now(found.order_id, command.return_id))


def find_received(command: ReceiveReturn) -> Flow[Outcome | None]:
    try:
        found = yield from _find(command)
    except Missing:
        return None
    target = (yield from _marked(found)).get(_name(command))
    if target is None or target - found.disposed:
        return None
    return found.order.outcome(command.return_id)


def _find(command: ReceiveReturn) -> Flow[_Found]:
    """Raises: Missing."""
    if is_gid(command.return_id, "Return"):
        answered = yield Call(name="Owners", variables={"ids": [command.return_id]})
        order_id = answered.data["nodes"].items[0]["order"]["id"].text_or_none
        order = yield from read_order(order_id or "")
        for back in order.stated["returns"].nodes:
            if order_id and back["id"].text == command.return_id:
                return _Found(order=order, order_id=order_id, back=back)
    raise Missing(f"no return {command.return_id}", code="NOT_FOUND", field="return_id")


def _name(command: ReceiveReturn) -> str:
    return uuid5(NAMESPACE_URL, command.key).hex


def _marked(found: _Found) -> Flow[dict[str, Units]]:
    """What each receipt of this return is to reach, by its name."""
    stated = yield from marks.read(found.order_id, found.mark)
    try:
        return {name: _units(lines) for name, lines in (stated or {}).items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise Malformed("$.order.metafield.value: not a mark of ours") from error


def _units(lines: Mapping[str, Mapping[str, Any]]) -> Units:
    return Counter({(id, type): int(n) for id, by in lines.items() for type, n in by.items()})


def _mark(found: _Found, marked: Mapping[str, Units]) -> Flow[None]:
    value: dict[str, dict[str, dict[str, int]]] = {}
    for name, units in marked.items():
        for (line_id, type), quantity in units.items():
            value.setdefault(name, {}).setdefault(line_id, {})[type] = quantity
    yield from marks.write(found.order_id, found.mark, value)


def _target(command: ReceiveReturn, found: _Found, others: Mapping[str, Units]) -> Units:
    """What there is to be when this command is done. Raises: Conflict, Unavailable."""
    status = found.back["status"].text
    if status != "OPEN":
        raise Conflict(f"the return is {status}", code=status, field="return_id")
    disposed = found.disposed
    if any(one - disposed for one in others.values()):
        raise Unavailable("another receipt of this return is under way")
    wanted = _wanted(command, found)
    return Counter({key: disposed[key] + units for key, units in wanted.items()})


def _wanted(command: ReceiveReturn, found: _Found) -> Units:
    """The units of this command. Raises: Conflict when fewer are to come."""
    lines = parts.coming_back(found.back)
    left = {line["id"].text: line["totalQuantity"].whole for line in lines}
    for (line_id, _), units in found.disposed.items():
        left[line_id] -= units
    wanted: Units = Counter()
    if not command.lines:
        wanted.update({(line_id, "RESTOCKED"): units for line_id, units in left.items()})
    for one in command.lines:
        lacking = one.quantity
        for line in lines:
            if line["fulfillmentLineItem"]["lineItem"]["id"].text_or_none == one.line_id:
                units = min(left[line["id"].text], lacking)
                wanted[line["id"].text, _TYPES[one.disposition]] += units
                left[line["id"].text] -= units
                lacking -= units
        if lacking:
            raise Conflict(f"{lacking} units are not to come", code="NOT_AWAITED", field="lines")
    if not +wanted:
        raise Conflict("nothing more is to come", code="NOT_AWAITED", field="lines")
    return +wanted


def _dispositions(command: ReceiveReturn, found: _Found, target: Units) -> list[dict[str, Any]]:
    """What is lacking of *target*, as Shopify takes it.

    Raises: Rejected when it is to be restocked and nobody says where.
    """
    lacking, stated = target - found.disposed, []
    for (line_id, type), units in lacking.items():
        one: dict[str, Any] = {
            "reverseFulfillmentOrderLineItemId": line_id,
            "quantity": units,
            "dispositionType": type,
        }
        place = command.location_id or _sent_from(found, line_id)
        if type == "RESTOCKED" and place is None:
            message = "where it was sent from is not known"
            raise Rejected(message, code="LOCATION_REQUIRED", field="location_id")
        stated.append(one | ({"locationId": place} if place else {}))
    return stated


def _sent_from(found: _Found, line_id: str) -> str | None:
    """The location that sent what a line takes back: there it goes unless somebody says where."""
    items = {
        line["id"].text: line["fulfillmentLineItem"]["id"].text_or_none
        for line in parts.coming_back(found.back)
    }
    places = {
        item["id"].text: shipment["location"]["id"].text_or_none
        for shipment in found.order.stated["fulfillments"].items
        for item in shipment["fulfillmentLineItems"].nodes
    }
    return places.get(items[line_id] or "")


def _dispose(
    found: _Found, dispositions: list[dict[str, Any]], others: Mapping[str, Units]
) -> Flow[None]:
    """Write them, or take our mark off again when Shopify refuses: others would wait for it."""
    try:
        answered = yield Call(name="ReturnDispose", variables={"dispositions": dispositions})
        refuse(answered.data["reverseFulfillmentOrderDispose"])
    except Rejected:
        yield from _unmark(found, others)
        raise


def _unmark(found: _Found, others: Mapping[str, Units]) -> Flow[None]:
    try:
        yield from _mark(found, others)
    except ConnectorError:
        return  # a receipt that stays open shows as one that others wait for
