"""Staff of the running shop: they work in the Admin API as people do, without the connector."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp

DEADLINE_S = 20.0
"""How long a real system may take over something before a test gives up."""

_ORDER = (
    "id,status,payment_status,updated_at,canceled_at,total,metadata,*summary,*items,*items.detail,"
    "*fulfillments,*fulfillments.items,*fulfillments.labels,*payment_collections.payments,"
    "*payment_collections.payments.refunds,*payment_collections.payments.captures,"
    "*returns,*returns.items,*credit_lines"
)


class Staff:
    """Whoever holds the secret API key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, api_key: str) -> None:
        self._session = session
        self._url = url
        self._headers = {"authorization": aiohttp.encode_basic_auth(api_key, "")}

    async def answer(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, Any]:
        """Return status and answer, refusals included."""
        url, json = self._url + path, None if body is None else dict(body)
        sending = self._session.request(method, url, json=json, headers=self._headers)
        async with sending as response:
            return response.status, await response.json()

    async def get(self, path: str, **query: str) -> Any:
        status, found = await self.answer("GET", f"{path}?{urlencode(query)}")
        assert status == 200, found
        return found

    async def post(self, path: str, **body: Any) -> Any:
        status, found = await self.answer("POST", path, body)
        assert status < 300, found
        return found

    async def order(self, order_id: str) -> Any:
        found = await self.get("/admin/orders", id=order_id, fields=_ORDER)
        (order,) = found["orders"]
        return order

    async def payment(self, order_id: str) -> Any:
        """Return the only payment of an order."""
        order = await self.order(order_id)
        (payment,) = [each for one in order["payment_collections"] for each in one["payments"]]
        return payment

    async def item(self, sku: str) -> Any:
        """Return the inventory item of a SKU."""
        query = {"sku": sku, "fields": "id,sku,*location_levels"}
        (item,) = (await self.get("/admin/inventory-items", **query))["inventory_items"]
        return item

    async def stock(self, sku: str) -> dict[str, tuple[int, int]]:
        """Return (on hand, reserved) by location id."""
        return {
            level["location_id"]: (level["stocked_quantity"], level["reserved_quantity"])
            for level in (await self.item(sku))["location_levels"]
        }

    async def set_stock(self, item_id: str, levels: Mapping[str, int]) -> None:
        update = [
            {"inventory_item_id": item_id, "location_id": place, "stocked_quantity": units}
            for place, units in levels.items()
        ]
        await self.post("/admin/inventory-items/location-levels/batch", update=update)

    async def capture(self, order_id: str, **amount: float) -> None:
        payment = await self.payment(order_id)
        await self.post(f"/admin/payments/{payment['id']}/capture", **amount)

    async def refund(self, order_id: str, amount: float) -> None:
        payment = await self.payment(order_id)
        await self.post(f"/admin/payments/{payment['id']}/refund", amount=amount, note="by staff")

    async def fulfill(self, order_id: str, lines: Mapping[str, int], location_id: str) -> str:
        """Put units into a fulfillment; return its id."""
        known = {each["id"] for each in (await self.order(order_id))["fulfillments"]}
        path = f"/admin/orders/{order_id}/fulfillments"
        await self.post(path, items=items(lines), location_id=location_id)
        order = await self.order(order_id)
        (made,) = {each["id"] for each in order["fulfillments"]} - known
        return str(made)

    async def deliver(self, order_id: str, lines: Mapping[str, int], location_id: str) -> str:
        """Have units leave and arrive; return the fulfillment's id."""
        made = await self.fulfill(order_id, lines, location_id)
        path = f"/admin/orders/{order_id}/fulfillments/{made}"
        await self.post(f"{path}/shipments", items=items(lines), labels=[])
        await self.post(f"{path}/mark-as-delivered")
        return made

    async def request_return(
        self, order_id: str, lines: Mapping[str, int], location_id: str
    ) -> str:
        """Agree to a return; return its id."""
        begun = await self.post("/admin/returns", order_id=order_id, location_id=location_id)
        own_id = begun["return"]["id"]
        await self.post(f"/admin/returns/{own_id}/request-items", items=items(lines))
        await self.post(f"/admin/returns/{own_id}/request")
        return str(own_id)

    async def receive_return(self, return_id: str, lines: Mapping[str, int]) -> None:
        """Take goods in and put them back on sale."""
        path = f"/admin/returns/{return_id}"
        await self.post(f"{path}/receive")
        await self.post(f"{path}/receive-items", items=items(lines))
        await self.post(f"{path}/receive/confirm")

    async def edit(self, order_id: str, line_id: str, quantity: int) -> None:
        """Change how many units of a line are bought."""
        await self.post("/admin/order-edits", order_id=order_id)
        path = f"/admin/order-edits/{order_id}"
        await self.post(f"{path}/items/item/{line_id}", quantity=quantity)
        await self.post(f"{path}/request")
        await self.post(f"{path}/confirm")

    async def changes(self, order_id: str) -> Any:
        """Return the log of an order."""
        return (await self.get(f"/admin/orders/{order_id}/changes"))["order_changes"]


def items(lines: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"id": line, "quantity": units} for line, units in lines.items()]


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again until it is so, at most DEADLINE_S."""
    deadline = time.monotonic() + DEADLINE_S
    while not await is_so():
        assert time.monotonic() < deadline, "not so within the deadline"
        await asyncio.sleep(0.05)
