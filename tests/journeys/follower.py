"""A phone that follows an order over a WebSocket, and is cut off again and again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.gateways import ADMIN, GatewayUnderTest
from tests.journeys.asked import DEADLINE_S

FOLLOW = """subscription($id: ID!, $after: String) { orderUpdated(id: $id, after: $after) {
  cursor event { id type sequence subject } order { fulfillmentStatus } } }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event as the phone saw it."""

    id: str
    type: str
    sequence: int
    subject: str


class Follower:
    """A phone that follows an order. Between two looks (`see`) it is cut off: its socket is gone,
    and it comes back with the cursor it last had."""

    def __init__(self, gateway: GatewayUnderTest, order_id: str) -> None:
        self._gateway = gateway
        self._order_id = order_id
        self._cursor: str | None = None
        self.steps: list[Step] = []

    async def see(self, type: str) -> None:
        """Follow until an event of *type* comes."""
        async with asyncio.timeout(DEADLINE_S):
            async for payload in self._follow(self._cursor or await self._begin()):
                self._cursor = payload["cursor"]
                self.steps.append(Step(**payload["event"]))
                if payload["event"]["type"] == type:
                    return

    async def everything(self) -> list["Step"]:
        """Replay from the beginning, as far as was seen."""
        steps: list[Step] = []
        async with asyncio.timeout(DEADLINE_S):
            async for payload in self._follow(await self._begin()):
                steps.append(Step(**payload["event"]))
                if len(steps) == len(self.steps):
                    return steps
        return steps

    async def _begin(self) -> str:
        """The cursor before the order's first event."""
        return self._gateway.gateway.services.cursors.seal("events", 0)

    async def _follow(self, after: str) -> AsyncIterator[Any]:
        headers = {"authorization": f"Bearer {self._gateway.token(ADMIN)}"}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"{self._gateway.url}/graphql", protocols=["graphql-transport-ws"], headers=headers
            ) as socket,
        ):
            await socket.send_json({"type": "connection_init"})
            assert "connection_ack" == (await socket.receive_json())["type"]
            variables = {"id": self._order_id, "after": after}
            await socket.send_json(
                {
                    "id": "1",
                    "type": "subscribe",
                    "payload": {"query": FOLLOW, "variables": variables},
                }
            )
            while True:
                message = await socket.receive_json()
                assert "next" == message["type"], message
                yield message["payload"]["data"]["orderUpdated"]
