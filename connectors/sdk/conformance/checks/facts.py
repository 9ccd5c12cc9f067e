"""Facts: whatever the words a system has for them, the same records come of the same facts."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from connectors.sdk.changes import Change
from connectors.sdk.conformance import shape
from connectors.sdk.conformance.kit import (
    OrderFacts,
    TrackerFacts,
    states_orders,
    states_trackers,
)
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.records import OrderRecord, TrackerRecord
from connectors.sdk.records.states import OrderStatus, TrackingStatus
from connectors.sdk.values import Money

T = TypeVar("T")

NEW_WORD = "half_way_there"
"""A status that no vendor documents."""
BEYOND_A_FLOAT = "9007199254740993"
"""2**53 + 1: a float makes ...992 of it."""
WORDS = 'Zoë O\'Brien & "Søn" <5°> 李小龍'
"""Letters outside Latin-1, and what HTML escapes."""
LINES = 400
AN_INSTANT = datetime(2026, 3, 8, 9, 59, 59, tzinfo=UTC)
"""In the night that clocks in the United States go forward: 01:59:59 in Los Angeles."""


def _orders(subject: Subject, facts: OrderFacts) -> list[OrderRecord]:
    """The order of *facts*, as it was read from each form."""
    forms = states_orders(subject.kit()).order(facts)
    assert forms, f"KIT.order must state an order of {facts}"
    return [_only(form, OrderRecord) for form in forms]


def _trackers(subject: Subject, facts: TrackerFacts) -> list[TrackerRecord]:
    forms = states_trackers(subject.kit()).tracker(facts)
    assert forms, f"KIT.tracker must state a parcel of {facts}"
    return [_only(form, TrackerRecord) for form in forms]


def _only(changes: list[Change], kind: type[T]) -> T:
    """The one record of *kind* among *changes*, all of which are sound."""
    shape.require_readable(changes)
    shape.require_sound(changes)
    found = [one for one in changes if isinstance(one, kind)]
    assert len(found) == 1, f"one {kind.__name__} must come of it; there are {len(found)}"
    return found[0]


async def check_an_unknown_status_of_an_order_is_kept(subject: Subject) -> None:
    """A status that nobody documents must become UNKNOWN, with the system's word beside it."""
    for order in _orders(subject, OrderFacts(status=NEW_WORD)):
        known = (order.status, NEW_WORD in order.raw_status)
        assert known == (OrderStatus.UNKNOWN, True), (
            f"an unknown status must be UNKNOWN, its word kept; it is {order.status} "
            f"({order.raw_status})"
        )


async def check_nobody_is_no_customer(subject: Subject) -> None:
    """An order of nobody in particular must have no customer, however the system says so."""
    for order in _orders(subject, OrderFacts(is_guest=True)):
        assert order.customer_id is None, (
            f"nobody must be no customer; it is customer {order.customer_id!r}"
        )


async def check_a_currency_without_decimals_is_exact(subject: Subject) -> None:
    """1,999 yen must be 1,999 yen: not 19.99, not 199,900."""
    _require_price(subject, Decimal(1999), Money(minor=1999, currency="JPY"))


async def check_a_currency_of_three_decimals_is_exact(subject: Subject) -> None:
    """1.234 dinars must be 1,234 fils."""
    _require_price(subject, Decimal("1.234"), Money(minor=1234, currency="KWD"))


async def check_more_decimals_than_a_currency_has_are_rounded(subject: Subject) -> None:
    """16.66666667 dollars must be rounded half up to the cent, as a decimal."""
    _require_price(subject, Decimal("16.66666667"), Money(minor=1667, currency="USD"))


def _require_price(subject: Subject, stated: Decimal, price: Money) -> None:
    for order in _orders(subject, OrderFacts(currency=price.currency, unit_price=stated)):
        found = order.lines[0].unit_price
        assert (order.currency, found) == (price.currency, price), (
            f"{stated} {price.currency} must be {price}; it is {found} in {order.currency}"
        )


async def check_an_id_beyond_a_float_is_exact(subject: Subject) -> None:
    """An id of more digits than a float holds must keep them all."""
    for order in _orders(subject, OrderFacts(id=BEYOND_A_FLOAT)):
        assert order.external_id.endswith(BEYOND_A_FLOAT), (
            f"ids must be texts; {BEYOND_A_FLOAT} became {order.external_id}"
        )


async def check_words_come_as_people_wrote_them(subject: Subject) -> None:
    """Names and titles must come in any alphabet, and without the system's escapes."""
    for order in _orders(subject, OrderFacts(person=WORDS, title=WORDS)):
        assert order.lines[0].title == WORDS, f"{WORDS} became {order.lines[0].title}"
        person = order.shipping_address.name if order.shipping_address else None
        assert person in (WORDS, None), f"{WORDS} became {person}"


async def check_a_long_order_keeps_every_line(subject: Subject) -> None:
    """An order of 400 lines must have 400 lines."""
    for order in _orders(subject, OrderFacts(lines=LINES)):
        ids = {line.external_id for line in order.lines}
        assert (len(order.lines), len(ids)) == (LINES, LINES), (
            f"{LINES} lines became {len(order.lines)}, with {len(ids)} ids"
        )


async def check_an_order_was_placed_when_it_was(subject: Subject) -> None:
    """A time must be the instant that was meant, in every form that the system writes it."""
    for order in _orders(subject, OrderFacts(placed_at=AN_INSTANT)):
        assert order.placed_at == AN_INSTANT, f"{AN_INSTANT} became {order.placed_at}"


async def check_an_unknown_status_of_a_parcel_is_kept(subject: Subject) -> None:
    """A carrier's word that nobody documents must become UNKNOWN, and be kept."""
    for tracker in _trackers(subject, TrackerFacts(status=NEW_WORD)):
        known = (tracker.status, NEW_WORD in tracker.raw_status)
        assert known == (TrackingStatus.UNKNOWN, True), (
            f"an unknown status must be UNKNOWN, its word kept; it is {tracker.status} "
            f"({tracker.raw_status})"
        )


async def check_words_of_a_scan_come_as_they_were_written(subject: Subject) -> None:
    """What a carrier says of a scan must come in any alphabet, and without escapes."""
    for tracker in _trackers(subject, TrackerFacts(description=WORDS)):
        said = [one.description for one in tracker.events]
        assert said == [WORDS], f"{WORDS} became {said}"


async def check_a_scan_was_when_it_was(subject: Subject) -> None:
    """A scan's time must be the instant that was meant."""
    for tracker in _trackers(subject, TrackerFacts(scanned_at=AN_INSTANT)):
        found = [one.occurred_at for one in tracker.events]
        assert found == [AN_INSTANT], f"{AN_INSTANT} became {found}"
