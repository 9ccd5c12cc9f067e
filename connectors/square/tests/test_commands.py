"""What holds for every command."""

import pytest

from connectors.sdk.commands import Command, RecordDelivery, VoidLabel
from connectors.sdk.errors import Ambiguous, Misconfigured, Throttled, Unsupported
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Bounds
from connectors.square.tests.commanding import (
    COUNT,
    REFUND,
    TEES,
    UPDATE,
    all_lines,
    count,
    give_back,
    refused,
    ship,
)
from connectors.square.tests.conftest import Rig


@pytest.mark.parametrize(
    "command",
    [
        VoidLabel(key="k", label_id="1"),
        RecordDelivery(key="k", order_id="1", shipment_id="2"),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_what_is_not_declared_is_refused_before_anything_is_sent(
    rig: Rig, command: Command
) -> None:
    """Performing and looking up."""
    await refused(rig, command, Unsupported)
    with pytest.raises(Unsupported):
        await rig.client.look_up(command)
    assert [] == rig.recorder.exchanges


async def test_a_write_that_hangs_is_in_doubt_and_then_done(rig: Rig) -> None:
    """Nobody knows whether it arrived; it had not, and is done the second time."""
    order_id = rig.simulator.buy(TEES)
    command = give_back(rig, order_id, 500)
    rig.simulator.faults.plan(Planned(fault=Fault.HANG, path=REFUND))
    with pytest.raises(Ambiguous):
        await rig.opened(Bounds(request_s=0.2)).perform(command)
    assert {} == rig.simulator.books.refunds
    outcome = await rig.client.perform(command)
    assert [outcome.external_id] == list(rig.simulator.books.refunds)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.THROTTLED_BARE, Fault.UNAUTHORIZED])
@pytest.mark.parametrize("path", [UPDATE, REFUND, COUNT])
async def test_a_write_that_was_not_let_in_changed_nothing(
    rig: Rig, path: str, fault: Fault
) -> None:
    """It is not tried again here, and says when to come back."""
    order_id = rig.simulator.order_ahead(TEES)
    command: Command
    if path == UPDATE:
        command = ship(order_id, all_lines(rig, order_id))
    elif path == REFUND:
        command = give_back(rig, order_id, 5)
    else:
        command = count(rig, 7)
    method = "PUT" if path == UPDATE else "POST"
    rig.simulator.faults.plan(Planned(fault=fault, path=path, method=method))
    error = Misconfigured if fault is Fault.UNAUTHORIZED else Throttled
    caught = await refused(rig, command, error)
    if isinstance(caught, Throttled):
        assert (1.0 if fault is Fault.THROTTLED else None) == caught.retry_after_s
    await rig.client.perform(command)
