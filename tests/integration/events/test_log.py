"""The log: appended in a unit, read in commit order."""

from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from gateway.events import log
from gateway.events.bus import LocalBus
from gateway.events.event import Event, Logged
from gateway.events.relay import Relay
from gateway.store.unit import Units
from tests.integration.events.conftest import NOW, append, event, places


async def after(units: Units, cursor: int, *, until: int | None = None) -> list[Logged]:
    async with units.read() as unit:
        return await log.after(unit, cursor, until=until)


@pytest.fixture
async def relay(units: Units) -> Relay:
    """Turned by hand: it numbers what has been committed."""
    return Relay(units, LocalBus())


async def test_an_empty_log_ends_at_0(units: Units) -> None:
    """And to append nothing is to do nothing."""
    await append(units)
    async with units.read() as unit:
        assert await log.last(unit) == 0
    assert await after(units, 0) == []


async def test_an_event_comes_back_equal(units: Units, relay: Relay) -> None:
    """With the time it was recorded, to the microsecond, and its place."""
    whole = Event(
        type="thing.happened",
        subject="thing_1",
        sequence=1,
        occurred_at=NOW,
        related=("order_1", "order_2"),
        connection="shop",
        actor="naïve ☂",
        cause="event_0",
        data={"status": "NEW", "counts": [1, 2], "nul": "\x00"},
    )
    await append(units, whole)
    await relay.step()
    [logged] = await after(units, 0)
    assert (logged.cursor, logged.recorded_at, logged.event) == (1, NOW, whole)


async def test_a_decimal_in_an_events_data_comes_back_as_text(units: Units, relay: Relay) -> None:
    """JSON knows no decimal; it is exact."""
    await append(
        units,
        Event(type="a.b", subject="a", sequence=1, occurred_at=NOW, data={"of": Decimal("1.10")}),
    )
    await relay.step()
    [logged] = await after(units, 0)
    assert logged.event.data == {"of": "1.10"}


async def test_events_are_read_in_the_order_of_their_commits(units: Units, relay: Relay) -> None:
    """From a cursor, up to a cursor; cursors are dense."""
    await append(units, event("a", 1), event("b", 1))
    await append(units, event("a", 2))
    await relay.step()
    await append(units, event("c", 1))
    await relay.step()
    everything = await after(units, 0)
    assert [one.cursor for one in everything] == [1, 2, 3, 4]
    assert places(everything) == [("a", 1), ("b", 1), ("a", 2), ("c", 1)]
    assert await after(units, 1, until=3) == everything[1:3]
    assert await after(units, 4) == []


async def test_a_unit_that_fails_appends_nothing_and_leaves_no_gap(
    units: Units, relay: Relay
) -> None:
    """The cursors of the others stay dense."""
    await append(units, event("a", 1))
    with pytest.raises(ValueError, match="stop"):
        async with units.write() as unit:
            await log.append(unit, [event("a", 2), event("b", 1)], NOW)
            raise ValueError("stop")
    await append(units, event("c", 1))
    await relay.step()
    logged = await after(units, 0)
    assert [one.cursor for one in logged] == [1, 2]
    assert places(logged) == [("a", 1), ("c", 1)]


async def test_a_subjects_sequence_is_taken_once(units: Units, relay: Relay) -> None:
    """Of two writers of one subject one must begin again, with all that he wrote."""
    await append(units, event("a", 1))
    with pytest.raises(IntegrityError):
        await append(units, event("b", 1), event("a", 1))
    await relay.step()
    assert places(await after(units, 0)) == [("a", 1)]


async def test_one_subjects_events_are_found_by_their_sequence(units: Units, relay: Relay) -> None:
    """Only those that readers of the log may see."""
    await append(units, *(event(subject, number) for number in range(1, 6) for subject in "ab"))
    await relay.step()
    await append(units, event("a", 6))
    await relay.step()
    async with units.read() as unit:
        found = await log.of_subject(unit, "a", 2, 3)
        rest = await log.of_subject(unit, "a", 5, 3)
        none = await log.of_subject(unit, "a", 6, 3)
    assert places(found) == [("a", 3), ("a", 4), ("a", 5)]
    assert (places(rest), none) == ([("a", 6)], [])


async def test_a_unit_may_append_more_than_a_statement_has_parameters(
    units: Units, relay: Relay
) -> None:
    """A page of a backfill: 6,000 events of 6 columns each."""
    await append(units, *(event("a", number) for number in range(1, 6001)))
    while await relay.step():
        pass
    async with units.read() as unit:
        assert await log.last(unit) == 6000
    last = await after(units, 5998)
    assert places(last) == [("a", 5999), ("a", 6000)]


async def test_an_append_is_announced_once_it_is_durable(units: Units) -> None:
    """Once a unit, and not by a unit that failed."""
    told: list[str] = []
    units.on_announce = lambda: told.append("hint")
    async with units.write() as unit:
        await log.append(unit, [event("a", 1)], NOW)
        await log.append(unit, [event("a", 2)], NOW)
        assert told == []
    assert told == ["hint"]
    with pytest.raises(IntegrityError):
        await append(units, event("a", 2))
    assert told == ["hint"]
