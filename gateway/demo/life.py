"""What goes on while the demo runs: people buy, parcels move, webhooks are sent, systems falter."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import structlog

from connectors.sdk.records.states import ShipmentStatus
from connectors.sdk.simulator import Post
from gateway.app import Gateway
from gateway.demo.town import Town
from gateway.domain.fulfillment import events as happened
from gateway.domain.fulfillment import repository as fulfillment
from gateway.domain.orders import repository as orders

PAUSE_S = 5.0
"""Between two purchases, at speed 1."""
CALM_AFTER = 500
"""Purchases after which pauses are twice as long, and so on: a demo that runs for days must not
fill the memory with what its simulators hold."""
STEP_S = 5.0
"""Between two steps of every parcel and every shipment, at speed 1."""
FALTER_S = 45.0
"""Between two systems that become slow, at speed 1."""
FALTERS_FOR_S = 12.0
SLOW_S = 1.2
"""How long each answer of a slow system takes, at speed 1."""
POST_S = 0.1
"""How long a webhook waits to be sent."""
TWICE_SHARE = 0.12
"""Of webhooks: sent again, as every system does now and then."""
TRIES = 5

log = structlog.get_logger()


@dataclass(slots=True)
class Sent:
    """Webhooks: *taken* were accepted; *doubled* of them were sent once more, on purpose."""

    taken: int = 0
    doubled: int = 0


class Life:
    """All of it. *speed* divides every pause."""

    def __init__(self, town: Town, gateway: Gateway, speed: float) -> None:
        self._town = town
        self._gateway = gateway
        self._speed = speed
        self.sent = Sent()
        self.is_buying = True

    async def run(self) -> None:
        """Go on for ever."""
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
            group.create_task(self._every(self._shop, self._pause_s))
            group.create_task(self._every(self._move, lambda: STEP_S))
            group.create_task(self._every(self._falter, lambda: FALTER_S))
            group.create_task(self._hand_over())
            group.create_task(self._post(http))

    async def _every(
        self, act: Callable[[], Awaitable[None]], pause_s: Callable[[], float]
    ) -> None:
        while True:
            await asyncio.sleep(pause_s() / self._speed)
            await act()

    def _pause_s(self) -> float:
        calm = 1 + self._town.bought.total() / CALM_AFTER
        return PAUSE_S * calm * self._town.dice.uniform(0.5, 1.5)

    async def _shop(self) -> None:
        if self.is_buying:
            self._town.buy()

    async def _move(self) -> None:
        """Everything that is on its way takes a step."""
        self._town.warehouse.advance()
        self._town.carrier.advance()
        self._town.market.advance()
        for system in self._town.systems.values():
            system.faults.requests.clear()  # kept for tests, which count them

    async def _falter(self) -> None:
        """One system is slow for a while."""
        system = self._town.dice.choice(list(self._town.systems.values()))
        system.faults.slow_s = SLOW_S / self._speed
        try:
            await asyncio.sleep(FALTERS_FOR_S / self._speed)
        finally:
            system.faults.slow_s = 0.0

    async def _hand_over(self) -> None:
        """The carrier takes over every parcel that leaves a warehouse."""
        relay = self._gateway.relay
        async for logged in relay.follow(relay.cursor):
            if logged.event.type == happened.SHIPMENT_SHIPPED:
                await self._accept(logged.event.subject)

    async def _accept(self, shipment_id: str) -> None:
        async with self._gateway.units.read() as unit:
            shipment = (await fulfillment.shipments.by_ids(unit, [shipment_id]))[shipment_id]
            found = await orders.orders.by_ids(unit, [shipment.order_id or ""])
        order = found.get(shipment.order_id or "")
        is_under_way = shipment.status is not ShipmentStatus.DELIVERED
        if is_under_way and order and order.shipping_address:
            for parcel in shipment.tracking:
                self._town.carrier.accept(parcel.number, order.shipping_address)

    async def _post(self, http: aiohttp.ClientSession) -> None:
        """Send webhooks as the systems make them."""
        while True:
            for system in self._town.systems.values():
                waiting, system.posts = system.posts, []
                await self._send_all(http, waiting)
            await asyncio.sleep(POST_S)

    async def _send_all(self, http: aiohttp.ClientSession, posts: list[Post]) -> None:
        """Send *posts* in order, some of them twice."""
        for post in posts:
            await self._send(http, post)
            if self._town.dice.random() < TWICE_SHARE:
                await self._send(http, post)
                self.sent.doubled += 1

    async def _send(self, http: aiohttp.ClientSession, post: Post) -> None:
        """Send one until it is accepted, as systems do for a while."""
        for attempt in range(TRIES):
            try:
                async with http.post(post.url, data=post.body, headers=post.headers) as answer:
                    if answer.ok:
                        self.sent.taken += 1
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(POST_S * 2**attempt)
        log.warning("demo.webhook_lost", url=post.url)
