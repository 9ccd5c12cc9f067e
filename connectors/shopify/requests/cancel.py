"""CancelOrder: the whole order, or some units of it."""

from collections import Counter
from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from connectors.sdk.commands import CancelOrder, Outcome
from connectors.sdk.errors import Ambiguous, Conflict, Malformed, Missing, NotApplied
from connectors.sdk.records import OrderLineRecord, OrderRecord
from connectors.sdk.values import LineQuantity
from connectors.shopify.mapping import orders
from connectors.shopify.requests import marks
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.flow import (
    Flow,
    Pause,
    ReadOrder,
    outcome_now,
    read_order,
    refuse,
)

POLLS = 8
"""Looks at the cancellation's job before it is left to a later look-up."""
POLL_S = 0.5
"""Seconds between two looks: jobs take a second or so, and a worker must not hang on one."""
NOTE_LENGTH = 255
"""Source: admin-2026-10.graphql, orderCancel.staffNote."""

_REASONS = frozenset({"CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "STAFF"})

Left = Mapping[str, int]
"""The quantity that is to be left of each line, by line id."""


def perform(command: CancelOrder) -> Flow[Outcome]:
    order = yield from read_order(command.order_id)
    record = orders.record(order.stated, order.at)
    if record.canceled_at:
        return order.outcome(command.order_id)
    if not command.lines and not any(line.counters.fulfilled for line in record.lines):
        return (yield from _cancel_whole(command))
    left = yield from _left(command, order, record)
    if _is_reached(left, order):
        return order.outcome(command.order_id)
    return (yield from _edit(command, order, left))


def look_up(command: CancelOrder) -> Flow[Outcome | None]:
    """The outcome when the order is canceled, or no more is left of it than was to be."""
    try:
        order = yield from read_order(command.order_id)
    except Missing:
        return None
    record = orders.record(order.stated, order.at)
    if record.canceled_at:
        return order.outcome(command.order_id)
    if command.lines:
        left = yield from _marked(command)
        is_done = left is not None and _is_reached(left, order)
    else:
        counters = [line.counters for line in record.lines]
        is_done = any(c.canceled for c in counters) and not any(_open(one) for one in record.lines)
    return order.outcome(command.order_id) if is_done else None


def _cancel_whole(command: CancelOrder) -> Flow[Outcome]:
    """Cancel, and wait for the job that does it.

    Raises: Ambiguous when the job has not ended by then: a look-up will tell.
    """
    variables = {
        "id": command.order_id,
        "reason": _reason(command.reason),
        "restock": command.restock,
        "note": command.reason[:NOTE_LENGTH],
    }
    answered = yield Call(name="OrderCancel", variables=variables)
    payload = answered.data["orderCancel"]
    refuse(payload, "orderCancelUserErrors")
    try:
        yield from _job(payload["jobResult"]["id"].text)
    except NotApplied as error:
        raise Ambiguous(f"accepted, and the job cannot be read: {error}") from error
    return (yield from outcome_now(command.order_id, command.order_id))


def _job(job_id: str) -> Flow[None]:
    """Wait until the cancellation is done. Raises: Rejected when it failed, Ambiguous."""
    for attempt in range(POLLS):
        if attempt:
            yield Pause(POLL_S)
        answered = yield Call(name="OrderCancelJob", variables={"id": job_id})
        job = answered.data["node"]
        refuse(job, "errors")
        if job["done"].flag:
            return
    raise Ambiguous("the cancellation has been accepted and is still under way")


def _reason(text: str) -> str:
    return text.upper() if text.upper() in _REASONS else "OTHER"


def _left(command: CancelOrder, order: ReadOrder, record: OrderRecord) -> Flow[Left]:
    """What is to be left of each line.

    Without lines: what shipped. With lines: marked on the order by the first attempt, before it
    changes anything, because "two fewer" means something else after it happened.
    """
    current = _current(order)
    if not command.lines:
        left = {one.external_id: current[one.external_id] - _open(one) for one in record.lines}
        if left == current and not any(one.counters.canceled for one in record.lines):
            raise Conflict("everything has shipped", code="ALREADY_FULFILLED", field="order_id")
        return left
    marked = yield from _marked(command)
    if marked is not None:
        return marked
    fewer = _units(command.lines, record.lines)
    left = {line_id: current[line_id] - units for line_id, units in fewer.items()}
    yield from marks.write(command.order_id, _mark_key(command), left)
    return left


def _mark_key(command: CancelOrder) -> str:
    return "cancel_" + uuid5(NAMESPACE_URL, command.key).hex


def _marked(command: CancelOrder) -> Flow[Left | None]:
    value = yield from marks.read(command.order_id, _mark_key(command))
    if value is None:
        return None
    try:
        return {line_id: int(units) for line_id, units in value.items()}
    except (ValueError, TypeError) as error:
        raise Malformed("$.order.metafield.value: not a mark of ours") from error


def _open(line: OrderLineRecord) -> int:
    """Units that may still ship."""
    return line.counters.ordered - line.counters.canceled - line.counters.fulfilled


def _current(order: ReadOrder) -> dict[str, int]:
    lines = order.stated["lineItems"].nodes
    return {one["id"].text: one["currentQuantity"].whole for one in lines}


def _is_reached(left: Left, order: ReadOrder) -> bool:
    current = _current(order)
    return all(current.get(line_id, 0) <= units for line_id, units in left.items())


def _units(wanted: tuple[LineQuantity, ...], lines: tuple[OrderLineRecord, ...]) -> Counter[str]:
    """How many units to take off each line; a SKU without a line is taken where it is open.

    Raises: Conflict when fewer are open.
    """
    fewer: Counter[str] = Counter()
    for one in wanted:
        lacking = one.quantity
        for line in lines:
            if line.external_id == one.line_id or (one.line_id is None and line.sku == one.sku):
                units = min(_open(line) - fewer[line.external_id], lacking)
                fewer[line.external_id] += units
                lacking -= units
        if lacking:
            raise Conflict(f"{lacking} units are not open", code="NOT_OPEN", field="lines")
    return +fewer


def _edit(command: CancelOrder, order: ReadOrder, left: Left) -> Flow[Outcome]:
    """Set each line to what is to be left, in one order edit.

    After a crash: nothing before the commit; an edit that is not committed has no effect.
    """
    answered = yield Call(name="OrderEditBegin", variables={"id": command.order_id})
    payload = answered.data["orderEditBegin"]
    refuse(payload)
    session = payload["orderEditSession"]["id"].text
    current = _current(order)
    for line_id, units in left.items():
        if current[line_id] > units:
            variables = {
                "id": session,
                "line": _calculated(line_id),
                "quantity": units,
                "restock": command.restock,
            }
            answered = yield Call(name="OrderEditSetQuantity", variables=variables)
            refuse(answered.data["orderEditSetQuantity"])
    variables = {"id": session, "note": command.reason[:NOTE_LENGTH]}
    answered = yield Call(name="OrderEditCommit", variables=variables)
    refuse(answered.data["orderEditCommit"])
    return (yield from outcome_now(command.order_id, command.order_id))


def _calculated(line_id: str) -> str:
    """A line under edit has its line's number. Source: shopify.dev/docs/apps/build/orders-
    fulfillment/order-management-apps/edit-orders, where LineItem/n is edited as
    CalculatedLineItem/n."""
    return line_id.replace("/LineItem/", "/CalculatedLineItem/")
