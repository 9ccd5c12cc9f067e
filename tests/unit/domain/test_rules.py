"""What holds of every order, parcel, level, person and refund."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.records import CustomerRecord, Kind, LineCounters, Quantities
from connectors.sdk.records.states import TrackingStatus, TransactionKind, TransactionStatus
from gateway.domain.customers.model import Evidence, Identity, joined_by
from gateway.domain.fulfillment import tracking
from gateway.domain.identity.model import Origin, Source, is_news, source_of
from gateway.domain.inventory.model import complete
from gateway.domain.orders import model, states
from gateway.domain.orders.model import Progress
from gateway.domain.returns import model as returns
from gateway.errors import AmountTooLarge, InvalidInput
from tests import records

T = TrackingStatus
ORIGIN = Origin(connection="shop", system="toy")
UNITS = st.integers(0, 20)


def order(*lines: LineCounters) -> model.Order:
    stated = tuple(records.line(f"l{n}", quantity=1, counters=one) for n, one in enumerate(lines))
    record = records.order("1", lines=stated)
    seen = model.observe(None, record, source_of(record, ORIGIN, records.NOON), ORIGIN)
    assert seen
    return seen


counters = st.builds(
    LineCounters, ordered=UNITS, canceled=UNITS, fulfilled=UNITS, delivered=UNITS, returned=UNITS
)
progress = st.builds(Progress, fulfilled=UNITS, delivered=UNITS, returned=UNITS)


@given(counters, progress)
def test_counters_stay_within_what_a_line_has(stated: LineCounters, seen: Progress) -> None:
    """Whatever systems state: nothing negative, delivered of what left, left of what was bought."""
    held = order(stated)
    line = held.lines[0]
    after = model.advance(held, {line.id: seen}, False, records.NOON) or held
    found = after.lines[0].counters
    units = max(0, stated.ordered - stated.canceled)
    assert 0 <= found.delivered <= found.fulfilled <= units
    assert 0 <= found.returned <= units
    assert 0 <= after.lines[0].open_quantity <= units


@given(counters, progress)
def test_telling_an_order_the_same_again_changes_nothing(
    stated: LineCounters, seen: Progress
) -> None:
    """The second time is no news."""
    held = order(stated)
    told = {held.lines[0].id: seen}
    after = model.advance(held, told, True, records.NOON) or held
    assert model.advance(after, told, True, records.NOON) is None


@given(st.lists(counters, max_size=4))
def test_the_goods_are_delivered_just_when_every_unit_is(lines: list[LineCounters]) -> None:
    """And unfulfilled only when none has left."""
    held = order(*lines)
    now = [line.counters for line in held.lines]
    units = sum(max(0, one.ordered - one.canceled) for one in now)
    delivered = sum(one.delivered for one in now)
    is_there = held.fulfillment_status is states.FulfillmentStatus.DELIVERED
    assert is_there is (units > 0 and delivered == units)
    if held.fulfillment_status is states.FulfillmentStatus.UNFULFILLED:
        assert 0 == sum(one.fulfilled for one in now)


@pytest.mark.parametrize(
    ("kinds", "refunded", "expected"),
    [
        ((), 0, "UNPAID"),
        ((TransactionKind.AUTHORIZATION,), 0, "AUTHORIZED"),
        ((TransactionKind.AUTHORIZATION, TransactionKind.VOID), 0, "VOIDED"),
        ((TransactionKind.CAPTURE,), 0, "PAID"),
        ((TransactionKind.SALE, TransactionKind.SALE), 0, "OVERPAID"),
        ((TransactionKind.SALE,), 1, "PARTIALLY_REFUNDED"),
        ((TransactionKind.SALE,), 1000, "REFUNDED"),
    ],
)
def test_the_money_says_how_an_order_is_paid(
    kinds: tuple[TransactionKind, ...], refunded: int, expected: str
) -> None:
    """Not the shop's word for it."""
    paid = records.paid(records.usd(1000))
    made = tuple(replace(paid, kind=kind, external_id=str(n)) for n, kind in enumerate(kinds))
    assert expected == states.payment_status(1000, made, refunded)


@given(st.sampled_from(TransactionStatus))
def test_only_what_succeeded_is_money(status: TransactionStatus) -> None:
    """Everything else was not taken."""
    made = replace(records.paid(records.usd(1000)), status=status)
    expected = 1000 if status is TransactionStatus.SUCCESS else 0
    assert expected == states.captured_minor([made])


# --- parcels

scans = st.lists(st.tuples(st.sampled_from(T), st.integers(0, 6)), max_size=8)


@given(scans, st.randoms(use_true_random=False))
def test_where_a_parcel_is_does_not_depend_on_who_told_what_first(
    seen: list[tuple[T, int]], draw: object
) -> None:
    """Scans in any order, in one record or in several, twice or once."""
    made = [records.scan(status, minutes) for status, minutes in seen]
    whole = tracking.merge([records.tracker("1Z", *made)])
    split = [records.tracker("1Z", one) for one in made]
    draw.shuffle(split)  # type: ignore[attr-defined]
    again = tracking.merge([*split, *split])
    assert whole == again
    assert tracking.status(whole, []) == tracking.status(again, [])


@given(scans)
def test_a_parcel_that_was_delivered_only_comes_back_or_is_lost(seen: list[tuple[T, int]]) -> None:
    """Late scans of the way do not move it out of the customer's hands."""
    made = tuple(records.scan(status, minutes) for status, minutes in seen)
    merged = tracking.merge([records.tracker("1Z", records.scan(T.DELIVERED, 0), *made)])
    before_any = T.DELIVERED in [one.status for one in merged]
    assert before_any
    end = tracking.status(merged, [])
    left = {one.status for one in merged} & {T.RETURNING, T.RETURNED, T.LOST}
    assert end is T.DELIVERED or left


def test_every_word_for_a_parcel_has_its_rank() -> None:
    """A new word would crash where two scans are of one moment."""
    for status in T:
        assert status is tracking.status([], [status])


def test_a_scan_that_says_nothing_hides_nothing() -> None:
    """UNKNOWN after IN_TRANSIT is still in transit."""
    made = (records.scan(T.IN_TRANSIT, 1), records.scan(T.UNKNOWN, 2))
    assert T.IN_TRANSIT is tracking.status(made, [])


# --- stock

maybe = st.none() | UNITS
quantities = st.builds(
    Quantities,
    on_hand=maybe,
    available=maybe,
    committed=maybe,
    reserved=maybe,
    safety_stock=maybe,
    quality_control=maybe,
    damaged=maybe,
)


@given(quantities)
def test_what_a_system_leaves_out_of_stock_is_worked_out_and_adds_up(stated: Quantities) -> None:
    """What is stated stays; completing twice is completing once."""
    found = complete(stated)
    assert found == complete(found)
    for name in ("on_hand", "available"):
        if getattr(stated, name) is not None:
            assert getattr(stated, name) == getattr(found, name)
    if None in (stated.on_hand, stated.available) and found.on_hand is not None:
        held_back = (
            found.committed,
            found.reserved,
            found.safety_stock,
            found.quality_control,
            found.damaged,
        )
        assert found.on_hand - sum(one or 0 for one in held_back) == found.available


# --- people


def person(key: str, *, verified: bool, guest: bool, email: str | None) -> Identity:
    record = CustomerRecord(
        external_id=key,
        revised_at=records.NOON,
        email=email,
        email_verified=verified,
        is_guest=guest,
    )
    source = Source(
        system="toy",
        connection="shop",
        kind=Kind.CUSTOMER,
        external_id=key,
        revised_at=records.NOON,
        fetched_at=records.NOON,
    )
    return Identity(key=key, source=source, record=record)


people = st.builds(
    person,
    st.sampled_from(["a", "b"]),
    verified=st.booleans(),
    guest=st.booleans(),
    email=st.none() | st.sampled_from(["ada@example.com", " ADA@example.com", "ben@example.com"]),
)


@given(people, people)
def test_only_proof_joins_two_people_whoever_is_asked_first(one: Identity, other: Identity) -> None:
    """Both sides proved the address, or one did and the other is a guest who cannot."""
    joined = [found for _, found in joined_by(one, [other])]
    assert joined == [found for _, found in joined_by(other, [one])]
    is_same = one.key != other.key and one.email is not None and one.email == other.email
    proofs = (one.record.email_verified, other.record.email_verified)
    is_proved = (
        all(proofs) or (proofs[0] and other.record.is_guest) or (proofs[1] and one.record.is_guest)
    )
    assert ([Evidence.VERIFIED_EMAIL] if is_same and is_proved else []) == joined


# --- refunds and news


@given(st.integers(-10, 3000), st.integers(0, 3000))
def test_what_may_be_refunded_is_what_is_left_of_what_was_taken(amount: int, waiting: int) -> None:
    """Never nothing, never more; what is under way is gone already."""
    held = order(LineCounters(ordered=1))
    if amount <= 0:
        with pytest.raises(InvalidInput):
            returns.check_amount(held, records.usd(amount), waiting)
    elif amount > held.refundable.minor - waiting:
        with pytest.raises(AmountTooLarge):
            returns.check_amount(held, records.usd(amount), waiting)
    else:
        returns.check_amount(held, records.usd(amount), waiting)


@given(st.integers(-5, 5), st.booleans())
def test_news_is_what_says_something_else_and_is_not_older(minutes: int, is_other: bool) -> None:
    """The time alone is no news; of one moment the later to arrive wins."""
    held = records.order("1")
    at = datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(minutes=minutes)
    stated = replace(held, revised_at=at, number="#other" if is_other else held.number)
    assert (is_other and minutes >= 0) is is_news(held, stated)
