"""The worker at its edges: shutdown, refusals to say, commands that are no longer declared."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.sdk.commands import CancelOrder, Command, Outcome
from connectors.sdk.errors import Ambiguous, Rejected
from connectors.sdk.manifest import Delivery
from connectors.sdk.records import Kind
from gateway.orchestration import outbox
from gateway.orchestration.outbox import Effect, Job, State
from gateway.orchestration.schedule import SLOTS
from tests import records
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import Toy, outside
from tests.trading import Hands


@pytest.fixture
def shop() -> Toy:
    return Toy(id="shop")


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def gateway(store_url: str, shop: Toy, clock: Hands) -> AsyncIterator[GatewayUnderTest]:
    world = outside(shop, clock=clock)
    async with gateway_over(store_url, [shop.connection], clock=clock, outside=world) as tested:
        yield tested


async def enqueue(gateway: GatewayUnderTest, clock: Hands, key: str = "k") -> str:
    command = CancelOrder(key=key, order_id="1", reason="r")
    async with gateway.gateway.units.write() as unit:
        job = Job(connection="shop", command=command, lane=key)
        return await outbox.enqueue(unit, job, clock())


async def effect(gateway: GatewayUnderTest, id: str) -> Effect:
    async with gateway.gateway.units.read() as unit:
        return (await outbox.by_ids(unit, [id]))[id]


async def test_a_shutdown_lets_what_is_under_way_end(
    gateway: GatewayUnderTest, shop: Toy, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left in doubt by who is told to stop."""
    id = await enqueue(gateway, clock)
    began, may_end = asyncio.Event(), asyncio.Event()

    async def perform(command: Command) -> Outcome:
        began.set()
        await may_end.wait()
        return Outcome(external_id="done")

    monkeypatch.setattr(shop, "perform", perform)
    step = asyncio.create_task(gateway.gateway.background.worker.step("shop", SLOTS))
    await began.wait()
    step.cancel()
    await asyncio.sleep(0)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert (State.DONE, "done") == (
        (await effect(gateway, id)).state,
        (await effect(gateway, id)).external_id,
    )


async def test_a_system_that_refuses_to_say_has_not_said_no(
    gateway: GatewayUnderTest, shop: Toy, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may have happened does not fail because the question was refused."""
    id = await enqueue(gateway, clock)
    shop.lost_answers, shop.lost_with = 1, Ambiguous("cut")

    async def look_up(command: Command) -> Outcome | None:
        raise Rejected("not now", code="NO")

    with monkeypatch.context() as patched:
        patched.setattr(shop, "look_up", look_up)
        for _ in range(3):
            await gateway.gateway.background.worker.step("shop", SLOTS)
        assert State.OPEN == (await effect(gateway, id)).state
    await gateway.settle()
    assert (State.DONE, 1) == ((await effect(gateway, id)).state, len(shop.performed))


async def test_a_command_that_is_no_longer_declared_fails_visibly(
    store_url: str, shop: Toy, clock: Hands
) -> None:
    """After an upgrade that dropped it: refused, seen, and the others go on."""
    world = outside(shop, clock=clock)
    async with gateway_over(store_url, [shop.connection], clock=clock, outside=world) as before:
        id = await enqueue(before, clock)
    shop.commands = {"create_refund": Delivery.ASKABLE}
    world = outside(shop, clock=clock)
    async with gateway_over(store_url, [shop.connection], clock=clock, outside=world) as after:
        await after.settle()
        assert (State.FAILED, "UNSUPPORTED") == (
            (await effect(after, id)).state,
            (await effect(after, id)).error_code,
        )
        shown = await after.data("{ exceptions { nodes { code } } }")
        assert [{"code": "EFFECT_FAILED"}] == shown["exceptions"]["nodes"]
    assert [] == shop.performed


async def test_one_that_always_fails_ends_visibly_after_so_many_tries(
    gateway: GatewayUnderTest, shop: Toy, clock: Hands
) -> None:
    """FAILED with its last error; the lane beside it was done at once."""
    shop.is_away = True
    id = await enqueue(gateway, clock)
    for _ in range(outbox.MAX_ATTEMPTS):
        await gateway.settle()
        clock.turn(minutes=2)
    failed = await effect(gateway, id)
    assert (State.FAILED, outbox.MAX_ATTEMPTS, "UNAVAILABLE") == (
        failed.state,
        failed.attempt,
        failed.error_code,
    )
    shop.is_away = False
    other = await enqueue(gateway, clock, "other")
    await gateway.settle()
    assert State.DONE == (await effect(gateway, other)).state


async def test_deliveries_of_a_connection_that_is_gone_hold_up_no_other(
    store_url: str, shop: Toy, clock: Hands
) -> None:
    """They wait, in case it comes back; the others are read."""
    till = Toy(id="till")
    toys: Any = (shop, till)
    world = outside(*toys, clock=clock)
    both = [toy.connection for toy in toys]
    async with gateway_over(store_url, both, clock=clock, outside=world) as gateway:
        for toy in toys:
            toy.hold(records.order(toy.id))
            delivery = toy.delivery("d", (Kind.ORDER, toy.id))
            assert 202 == await gateway.post(f"/webhooks/{toy.id}", *delivery)
    async with gateway_over(store_url, both[1:], clock=clock, outside=world) as gateway:
        await gateway.settle()
        page = await gateway.data("{ orders { nodes { number } } }")
        assert [{"number": "#till"}] == page["orders"]["nodes"]
    clock.turn(minutes=10)
    async with gateway_over(store_url, both, clock=clock, outside=world) as gateway:
        await gateway.settle()
        page = await gateway.data("{ orders { nodes { number } } }")
        assert {"#shop", "#till"} == {node["number"] for node in page["orders"]["nodes"]}
