"""Everybody at a running marketplace but the shoppers: its staff, and both sellers.

    people = People(session, system)
    await people.call("admin", "GET", "inventory/?search=CAP-NVY-OS")
    await people.on_hand("CAP-NVY-OS")                       # 238
    await people.send("seller", seller_order_id, "1Z1")

Speaks the REST API by itself, and shares nothing with the connector, so that it can witness what
that says.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from tests.running import System

_HOOK = """INSERT INTO flexcommerce_core_webhookendpoint (
  id, created_at, updated_at, extra_data, event, secret, is_active, failure_count, description, url
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_UNHOOK = "UPDATE flexcommerce_core_webhookendpoint SET is_active = 0 WHERE id = ?"


class Refused(Exception):
    """The marketplace said no: *status* and its whole answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"HTTP {status}: {text[:500]}")
        self.status = status


class People:
    """Whoever has a token; see the start script."""

    def __init__(self, session: aiohttp.ClientSession, system: System) -> None:
        self._session = session
        self._system = system

    async def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """Send one request and return its answer. Raises: Refused."""
        headers = {"authorization": f"Token {self._system.info['tokens'][who]}"}
        url = self._system.info["api"] + path
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            if answer.status >= 400:
                raise Refused(answer.status, await answer.text())
            return await answer.json()

    # --- sellers

    async def order(self, number: str, who: str = "seller") -> dict[str, Any]:
        """Return a seller's part of a shopper's order."""
        listed = await self.call(who, "GET", "vendors/me/orders/?page_size=100")
        [found] = [each for each in listed["results"] if each["order_number"] == number]
        return dict(found)

    async def orders(self, who: str = "seller") -> dict[str, dict[str, Any]]:
        """Return every order of a seller's, by id."""
        found: dict[str, dict[str, Any]] = {}
        path = "vendors/me/orders/?page_size=7&page="
        for page in range(1, 1000):
            listed = await self.call(who, "GET", f"{path}{page}")
            found |= {each["id"]: each for each in listed["results"]}
            if listed["next"] is None:
                break
        return found

    async def send(self, who: str, order_id: str, number: str) -> dict[str, Any]:
        """Ship a seller's order as the seller does."""
        body = {"carrier": "Acme Parcel", "tracking_number": number}
        return dict(await self.call(who, "POST", f"vendors/me/orders/{order_id}/ship/", body))

    async def listing(self, sku: str, who: str = "seller", **values: Any) -> dict[str, Any]:
        """Put a new product of one variant on sale."""
        body = {"name": sku.title(), "slug": sku.lower(), "status": "active", "sku": sku}
        body |= {"price": "21.00"} | values
        return dict(await self.call(who, "POST", "catalog/products/", body))

    # --- staff

    async def whole(self, order_id: str) -> dict[str, Any]:
        """Return a shopper's whole order."""
        return dict(await self.call("admin", "GET", f"orders/{order_id}/"))

    async def stock(self, sku: str) -> dict[str, Any]:
        listed = await self.call("admin", "GET", f"inventory/?search={sku}")
        [found] = [each for each in listed["results"] if each["sku"] == sku]
        return dict(found)

    async def on_hand(self, sku: str) -> int:
        return int((await self.stock(sku))["on_hand"])

    async def movements(self, sku: str, kind: str) -> list[dict[str, Any]]:
        """Return the movements of one kind (``"adjustment"``) of a SKU's stock."""
        path = f"inventory/{(await self.stock(sku))['id']}/movements/?page_size=100"
        listed = await self.call("admin", "GET", path)
        return [each for each in listed["results"] if each["movement_type"] == kind]

    async def count(self, sku: str, on_hand: int) -> None:
        path = f"inventory/{(await self.stock(sku))['id']}/adjust/"
        await self.call("admin", "POST", path, {"on_hand": on_hand})

    async def track(self, variant_id: str, sku: str, on_hand: int) -> None:
        """Begin to count a variant's stock, under that SKU."""
        body = {"product_id": variant_id, "sku": sku, "on_hand": on_hand}
        body["product_type"] = "flexcommerce_catalog.productvariant"
        await self.call("admin", "POST", "inventory/", body)

    async def send_some(self, order_id: str, units: dict[str, int], number: str) -> str:
        """Ship units by line id of a shopper's order, as staff may; return the parcel's id."""
        items = [{"order_item_id": line, "quantity": count} for line, count in units.items()]
        body = {"carrier": "Acme Parcel", "tracking_number": number, "items": items}
        return str((await self.call("admin", "POST", f"orders/{order_id}/shipments/", body))["id"])

    async def deliver(self, order_id: str) -> None:
        """Say that all of a shopper's order has arrived."""
        await self.call("admin", "POST", f"orders/{order_id}/deliver/", {})

    async def refund(self, order_id: str, amount: str, units: dict[str, int]) -> None:
        """Take the money for an order, and pay some of it back."""
        await self.call("admin", "POST", f"orders/{order_id}/mark-paid/", {})
        items = [{"order_item_id": line, "quantity": count} for line, count in units.items()]
        body = {"amount": amount, "reason": "dented", "items": items, "process": True}
        await self.call("admin", "POST", f"orders/{order_id}/refund/", body | {"method": "manual"})

    async def returned(self, return_id: str) -> dict[str, Any]:
        return dict(await self.call("admin", "GET", f"returns/{return_id}/"))

    @contextmanager
    def hooked(self, url: str, secret: str) -> Iterator[None]:
        """Have every event posted to *url* meanwhile. The API has no way to ask for that: staff do
        it in the admin, which the start script leaves out; so the row is written as that does."""
        cache = Path(os.environ.get("SYSTEMS_CACHE", Path.home() / ".cache/systems"))
        path = cache / "flexmarket" / f"run-{self._system.port}" / "market.sqlite3"
        own_id, now = uuid4().hex, "2026-11-22 12:00:00"
        row = (own_id, now, now, "{}", "*", secret, 1, 0, "", url)
        with closing(sqlite3.connect(path, timeout=20)) as store:
            store.execute(_HOOK, row)
            store.commit()
            try:
                yield
            finally:
                store.execute(_UNHOOK, (own_id,))
                store.commit()
