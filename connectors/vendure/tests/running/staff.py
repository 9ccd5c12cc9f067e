"""Staff of the running shop: they work in the Admin API as people do, without the connector."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

DEADLINE_S = 20.0
"""How long a real system may take over something before a test gives up."""

_FAILED = "... on ErrorResult { errorCode message }"


class Staff:
    """Whoever holds the superadmin's key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, api_key: str) -> None:
        self._session = session
        self._url = f"{url}/admin-api"
        self._headers = {"vendure-api-key": api_key}

    async def answer(self, query: str, **variables: object) -> Any:
        """Return the whole answer, errors included."""
        body = {"query": query, "variables": variables}
        async with self._session.post(self._url, json=body, headers=self._headers) as response:
            return await response.json()

    async def ask(self, query: str, **variables: object) -> Any:
        """Return the only field of an answer that must be without errors."""
        found = await self.answer(query, **variables)
        assert "errors" not in found, found
        (result,) = found["data"].values()
        assert not (isinstance(result, dict) and "errorCode" in result), result
        return result

    async def order(self, order_id: str) -> Any:
        return await self.ask(
            """query ($id: ID!) { order(id: $id) {
              id state updatedAt orderPlacedAt totalWithTax
              lines { id quantity orderPlacedQuantity productVariant { id sku } }
              payments { id state amount refunds { id state total reason transactionId } }
              fulfillments { id state trackingCode lines { orderLineId quantity } }
              history(options: { take: 100 }) { items { type isPublic data } }
            } }""",
            id=order_id,
        )

    async def stock(self, sku: str) -> dict[str, tuple[int, int]]:
        """Return (on hand, allocated) by location id."""
        found = await self.ask(
            """query ($sku: String!) {
              productVariants(options: { filter: { sku: { eq: $sku } } }) {
                items { stockLevels { stockOnHand stockAllocated stockLocation { id } } }
              }
            }""",
            sku=sku,
        )
        (variant,) = found["items"]
        return {
            level["stockLocation"]["id"]: (level["stockOnHand"], level["stockAllocated"])
            for level in variant["stockLevels"]
        }

    async def set_stock(self, variant_id: str, levels: dict[str, int]) -> None:
        await self.ask(
            """mutation ($i: [UpdateProductVariantInput!]!) {
              updateProductVariants(input: $i) { id }
            }""",
            i=[
                {
                    "id": variant_id,
                    "stockLevels": [
                        {"stockLocationId": location, "stockOnHand": units}
                        for location, units in levels.items()
                    ],
                }
            ],
        )

    async def fulfill(self, lines: dict[str, int], number: str) -> str:
        """Make a fulfillment; return its id."""
        made = await self.ask(
            f"""mutation ($lines: [OrderLineInput!]!, $number: String!) {{
              addFulfillmentToOrder(input: {{ lines: $lines, handler: {{
                code: "manual-fulfillment"
                arguments: [
                  {{ name: "method", value: "UPS Ground" }}
                  {{ name: "trackingCode", value: $number }}
                ]
              }} }}) {{ ... on Fulfillment {{ id }} {_FAILED} }}
            }}""",
            lines=[{"orderLineId": line, "quantity": units} for line, units in lines.items()],
            number=number,
        )
        return str(made["id"])

    async def move_fulfillment(self, fulfillment_id: str, state: str) -> None:
        await self.ask(
            f"""mutation ($id: ID!, $state: String!) {{
              transitionFulfillmentToState(id: $id, state: $state) {{
                ... on Fulfillment {{ id }} {_FAILED}
              }}
            }}""",
            id=fulfillment_id,
            state=state,
        )

    async def settle_payment(self, payment_id: str) -> None:
        await self.ask(
            f"""mutation ($id: ID!) {{
              settlePayment(id: $id) {{ ... on Payment {{ id }} {_FAILED} }}
            }}""",
            id=payment_id,
        )

    async def cancel(self, order_id: str, lines: dict[str, int]) -> None:
        await self.ask(
            f"""mutation ($input: CancelOrderInput!) {{
              cancelOrder(input: $input) {{ ... on Order {{ id }} {_FAILED} }}
            }}""",
            input={
                "orderId": order_id,
                "lines": [{"orderLineId": line, "quantity": n} for line, n in lines.items()],
                "reason": "by staff",
            },
        )


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again until it is so, at most DEADLINE_S."""
    deadline = time.monotonic() + DEADLINE_S
    while not await is_so():
        assert time.monotonic() < deadline, "not so within the deadline"
        await asyncio.sleep(0.05)


async def next_second() -> None:
    """Wait until the clock shows another second than now: the shop's times have whole seconds."""
    now = int(time.time())

    async def is_later() -> bool:
        return int(time.time()) > now

    await until(is_later)
