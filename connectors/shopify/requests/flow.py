"""Flows: the steps of a write as a generator that does no I/O itself.

It yields what to ask (or how long to wait) and is sent the answer; an error of the asking is thrown
into it. So a write reads from top to bottom, and runs in a test without a network.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from connectors.sdk.changes import Touched
from connectors.sdk.commands import Outcome
from connectors.sdk.errors import Ambiguous, ConnectorError, Malformed, Missing, Unavailable
from connectors.sdk.records import Kind
from connectors.shopify.errors import raise_refusal
from connectors.shopify.mapping import orders
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.reads import is_gid


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next step. Units: seconds."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back, and when the asking began."""

    data: Answer
    at: datetime


T = TypeVar("T")
Flow = Generator[Call | Pause, Answered, T]


def settled(flow: Flow[T]) -> Flow[T]:
    """The same flow, with an unreadable answer said as what it means to who asked for a write:
    Unavailable as long as nothing that changes anything was sent, Ambiguous after that."""
    has_sent = False
    try:
        step = next(flow)
        while True:
            has_sent = has_sent or (isinstance(step, Call) and not step.is_safe)
            try:
                answered = yield step
            except ConnectorError as error:
                step = flow.throw(error)
            else:
                step = flow.send(answered)
    except StopIteration as stop:
        result: T = stop.value
        return result
    except Malformed as error:
        kind = Ambiguous if has_sent else Unavailable
        raise kind(f"unreadable: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOrder:
    """An order as it is now, read to the end of everything that hangs on it."""

    stated: Answer
    at: datetime

    def outcome(self, external_id: str | None) -> Outcome:
        return Outcome(external_id=external_id, changes=tuple(orders.changes(self.stated, self.at)))


def read_order(order_id: str) -> Flow[ReadOrder]:
    """Raises: Missing."""
    if is_gid(order_id, "Order"):
        answered = yield Call(name="OrdersById", variables={"ids": [order_id]})
        found = answered.data["nodes"].items[0]
        if found and found["__typename"].text == "Order":
            return ReadOrder(stated=found, at=answered.at)
    raise Missing(f"no order {order_id}", code="NOT_FOUND", field="order_id")


def outcome_now(order_id: str, external_id: str) -> Flow[Outcome]:
    """What a write that succeeded did. It stays done when reading it back fails: then the order is
    only said to be touched, and the gateway reads it when it can."""
    try:
        order = yield from read_order(order_id)
    except ConnectorError:
        touched = Touched(kind=Kind.ORDER, external_id=order_id)
        return Outcome(external_id=external_id, changes=(touched,))
    return order.outcome(external_id)


def refuse(payload: Answer, field: str = "userErrors") -> None:
    """Raise what the mutation refused with, if it did."""
    raise_refusal([one.value for one in payload[field].items])
