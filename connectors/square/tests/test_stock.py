"""Counting stock: once under our reference, whatever is sold in between."""

from dataclasses import replace

import pytest

from connectors.sdk.changes import Touched
from connectors.sdk.commands import Outcome
from connectors.sdk.errors import Ambiguous, Conflict, Missing, Rejected, Unavailable
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
    Kind,
    LevelRecord,
)
from connectors.sdk.simulator import Purchase
from connectors.square.tests.commanding import (
    COUNT,
    count,
    refused,
    writes,
)
from connectors.square.tests.conftest import Rig


def on_hand(outcome: Outcome | None) -> int | None:
    assert outcome is not None
    [level] = outcome.changes
    assert isinstance(level, LevelRecord)
    return level.quantities.on_hand


async def test_stock_is_counted_under_our_reference(rig: Rig) -> None:
    """A physical count at Square's own time."""
    outcome = await rig.client.perform(count(rig, 7, expected=10))
    assert 7 == on_hand(outcome)
    [change] = rig.simulator.books.changes
    made = change["physical_count"]
    assert (outcome.external_id, "count-1", "7") == (
        made["id"],
        made["reference_id"],
        made["quantity"],
    )
    assert "2026-03-02T12:00:00.000Z" == made["occurred_at"]


async def test_stock_that_is_not_as_expected_is_a_conflict(rig: Rig) -> None:
    """Read first, since Square has no compare-and-set."""
    error = await refused(rig, count(rig, 7, expected=9), Conflict)
    assert isinstance(error, Conflict)
    assert "QUANTITY_CHANGED" == error.code
    assert 0 == writes(rig)


@pytest.mark.parametrize("fault", [None, Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER])
async def test_a_count_performed_again_is_made_once(rig: Rig, fault: Fault | None) -> None:
    """Sales since the first attempt are neither lost nor taken for a conflict."""
    command = count(rig, 7, expected=10)
    if fault is None:
        await rig.client.perform(command)
    else:
        rig.simulator.faults.plan(Planned(fault=fault, path=COUNT))
        with pytest.raises(Ambiguous):
            await rig.client.perform(command)
    rig.clock.later(minutes=5)
    rig.simulator.buy(Purchase(shopper=None, items=(("TEE-S", 1),)))
    assert 6 == on_hand(await rig.client.look_up(command))
    assert 6 == on_hand(await rig.client.perform(command))
    assert 1 == len(rig.simulator.books.changes)
    assert 1 == writes(rig)


async def test_a_count_that_never_arrived_is_not_found_and_then_made(rig: Rig) -> None:
    """500 before anything happened: look_up says None."""
    command = count(rig, 7, expected=10)
    rig.simulator.faults.plan(Planned(fault=Fault.SERVER_ERROR, path=COUNT))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    assert await rig.client.look_up(command) is None
    assert 7 == on_hand(await rig.client.perform(command))


@pytest.mark.parametrize("fault", [Fault.NOT_JSON, Fault.CUT_AFTER])
@pytest.mark.parametrize("path", ["/counts/batch-retrieve", "/changes/batch-retrieve"])
async def test_a_look_up_that_cannot_read_an_answer_is_unavailable(
    rig: Rig, path: str, fault: Fault
) -> None:
    """It cannot tell, so it says neither that the count was made nor that it was not."""
    command = count(rig, 7)
    await rig.client.perform(command)
    rig.simulator.faults.plan(*[Planned(fault=fault, path=path)] * 3)
    with pytest.raises(Unavailable):
        await rig.client.look_up(command)
    assert 1 == len(rig.simulator.books.changes)


async def test_an_unchanged_count_is_written_all_the_same(rig: Rig) -> None:
    """Else there would be no reference to find."""
    command = count(rig, 10)
    assert 10 == on_hand(await rig.client.perform(command))
    assert 10 == on_hand(await rig.client.look_up(command))


async def test_a_key_that_square_knows_without_a_count_is_in_doubt(rig: Rig) -> None:
    """An attempt under way: neither done nor to be sent again."""
    used = {"changes": [], "idempotency_key": "count-1"}
    rig.simulator.books.keys.keep("inventory", used, {})
    await refused(rig, count(rig, 7), Ambiguous)


async def test_a_level_that_cannot_be_read_after_the_count_is_touched(rig: Rig) -> None:
    """The count is written: the outcome says so, and that the level has to be read."""
    # The first read of counts is before the count, the second and its two repeats are after it.
    failing = Planned(fault=Fault.SERVER_ERROR, path="/counts/batch-retrieve", after=1)
    rig.simulator.faults.plan(failing, failing, failing)
    outcome = await rig.client.perform(count(rig, 7))
    level_id = f"{rig.item('TEE-S')}@{rig.place()}"
    assert (Touched(kind=Kind.LEVEL, external_id=level_id),) == outcome.changes
    [change] = rig.simulator.books.changes
    assert outcome.external_id == change["physical_count"]["id"]


async def test_what_square_does_not_count_is_refused(rig: Rig) -> None:
    """An unknown variation is missing, a negative count has Square's own word."""
    await refused(rig, replace(count(rig, 7), item_id="NOPE"), Missing)
    error = await refused(rig, replace(count(rig, -1), key="count-2"), Rejected)
    assert isinstance(error, Rejected)
    assert "INVALID_VALUE" == error.code
