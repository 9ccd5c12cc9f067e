"""A worker process that tests kill: the gateway's own loops, over systems of the tests' own.

Its clock runs SPEED times as fast as the wall's, so that a lease of two minutes ends in less than a
second; it follows from the wall clock alone, so every process reads the same.
"""

import asyncio
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import Command, Outcome
from connectors.sdk.errors import Ambiguous, Unavailable
from connectors.sdk.http import parse_json
from connectors.sdk.manifest import COMMANDS, Delivery
from tests import records
from tests.gateways import gateway_over
from tests.toys import Toy, outside

SPEED = 200
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.faults.worker"])


def clock() -> datetime:
    day = time.time() // 86_400 * 86_400
    return datetime.fromtimestamp(day + (time.time() - day) * SPEED, UTC)


@dataclass
class Remote(Toy):
    """A system whose commands really happen in another process: `tests.faults.upstream`."""

    url: str = ""

    async def perform(self, command: Command) -> Outcome:
        rule = self.commands["cancel_order"]
        return await self._call("post", f"{command.key}?delivery={rule}")

    async def look_up(self, command: Command) -> Outcome | None:
        try:
            return await self._call("get", command.key)
        except LookupError:
            return None

    async def _call(self, method: str, path: str) -> Outcome:
        try:
            async with aiohttp.request(method, f"{self.url}/effects/{path}") as answer:
                if answer.status == 404:
                    raise LookupError
                if answer.status != 200:
                    raise Ambiguous(f"HTTP {answer.status}")
                return Outcome(external_id=(await answer.json())["id"])
        except aiohttp.ClientConnectorError as error:
            raise Unavailable("not reached") from error
        except aiohttp.ClientError as error:
            raise Ambiguous("no answer") from error


class Telling(Toy):
    """A system whose deliveries say it all: an order of three units, and one parcel of it."""

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        payload = parse_json(delivery.body)
        order, moment = str(payload["order"]), int(payload["moment"])
        parcel = moment % 3
        sold = records.order(order, lines=(records.line(quantity=3),), number=f"#{order}.{moment}")
        number = f"1Z{order}-{parcel}"
        sent = records.shipment(f"{order}-{parcel}", order, number, service=f"as of {moment}")
        return [records.later(sold, moment), records.later(sent, moment)]


def remote(url: str, rule: Delivery) -> Toy:
    return Remote(id="shop", url=url, reads=(), commands=dict.fromkeys(COMMANDS, rule))


def telling() -> Toy:
    return Telling(id="shop", reads=(), commands={})


@dataclass(frozen=True)
class Setup:
    """What a worker process is given: the store, and how to make the system (which is no value)."""

    store_url: str
    make: Callable[..., Toy]
    given: tuple[Any, ...] = ()


def work(setup: Setup) -> None:
    """Run every loop of a worker process, for ever."""

    async def run() -> None:
        system = setup.make(*setup.given)
        async with gateway_over(
            setup.store_url, [system.connection], clock=clock, outside=outside(system)
        ) as gateway:
            relay = asyncio.create_task(gateway.gateway.relay.run())
            await gateway.gateway.background.run()
            await relay

    asyncio.run(run())


@contextmanager
def working(setup: Setup) -> Iterator[None]:
    """Run a worker process meanwhile, and kill it, with SIGKILL, at the end."""
    process = _PROCESSES.Process(target=work, args=(setup,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()
        process.close()


async def live_and_die(setup: Setup, draw: random.Random) -> None:
    """Let a worker live for a moment, and kill it in the middle of whatever it does."""
    with working(setup):
        await asyncio.sleep(draw.uniform(0.3, 0.9))
