"""The people who work with a Tryton: at its tills, in its office, in its warehouses.

    staff = Staff(http, running("tryton").info)          # http: an aiohttp.ClientSession
    await staff.sell_at_till("STORE-NYC", "TEE-BLK-S", 2)
    sale = await staff.sell("ada.okafor@example.com", "DC-RENO", {"TEE-BLK-S": 2})
    [shipment] = await staff.shipments_of(sale)
    await staff.ship(shipment, "1Z999")
    await staff.on_hand("TEE-BLK-S", "DC-RENO")          # 115

Speaks Tryton's REST API by itself, and shares nothing with the connector, so that it can witness
what that says. Ids are Tryton's own numbers.
"""

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

import aiohttp

TAX = Decimal("1.08")
"""The seed's one tax, on everything that a till sells."""

STEPS = {"draft": "wait", "waiting": "assign_try", "assigned": "pick", "picked": "pack"}
STEPS |= {"packed": "ship", "shipped": "do"}
"""The button that takes a shipment one state on."""


class Refused(Exception):
    """Tryton answered other than 2xx: *status*, and the text of its answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"HTTP {status}: {text}")
        self.status = status
        self.text = text


class Stuck(Exception):
    """Tryton answered 200 and left things as they were."""


class Staff:
    """Everybody at one Tryton that the start script started; *info* is what that said of it."""

    def __init__(self, http: aiohttp.ClientSession, info: Mapping[str, Any]) -> None:
        self._http = http
        self.info = info

    # --- the two APIs, bare

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        fields: tuple[str, ...] = (),
        *,
        query: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call REST. *context* is added to the company's. Raises: Refused."""
        context = {"company": self.info["company"]} | dict(context or {})
        params = [("f", field) for field in fields] + list((query or {}).items())
        headers = {"authorization": f"Bearer {self.info['rest_key']}"}
        headers |= {"x-tryton-context": encode(context), "accept": "application/json"}
        url = f"{self.info['url']}/{self.info['database']}/rest/model/{path}"
        body = body if method == "GET" else body or {}
        async with self._http.request(
            method, url, params=params, json=body, headers=headers
        ) as answer:
            text = await answer.text()
            if answer.status >= 300:
                raise Refused(answer.status, text)
            return json.loads(text, parse_float=Decimal) if text else None

    async def rpc(self, method: str, *params: Any, session: str | None = None) -> Any:
        """Call JSON-RPC and return the whole answer, whatever it says."""
        url = f"{self.info['url']}/{self.info['database']}/rpc/"
        headers = {"authorization": session} if session else {}
        body = {"id": 0, "method": method, "params": params}
        async with self._http.post(url, json=body, headers=headers) as answer:
            if answer.status >= 300:
                raise Refused(answer.status, await answer.text())
            return await answer.json()

    async def log_in(self) -> str:
        """Return the header of a new JSON-RPC session."""
        user, password = self.info["user"], {"password": self.info["password"]}
        answer = await self.rpc("common.db.login", user, password, "en")
        user_id, token, *_ = answer["result"]
        return "Session " + base64.b64encode(f"{user}:{user_id}:{token}".encode()).decode()

    async def find(
        self, model: str, domain: list[Any], *fields: str, context: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Search, the oldest first."""
        query = {"d": encode(domain), "o": encode([["id", "ASC"]])}
        found: list[dict[str, Any]] = await self.call(
            "GET", model, fields=fields, query=query, context=context
        )
        return found

    async def read(self, model: str, id: int, *fields: str) -> dict[str, Any]:
        [row] = await self.find(model, [["id", "=", id]], *fields)
        return row

    async def press(self, model: str, id: int, button: str) -> str:
        """Press a button and return the state after it."""
        answer = await self.call("POST", f"{model}/{id}/{button}", fields=("state",))
        state: str = answer["state"]
        return state

    async def hire(self) -> dict[str, str]:
        """Return ``rest_key``, ``user`` and ``password`` of a new clerk, who may sell and ship and
        is no administrator."""
        wanted = ["Sales", "Sales Administrator", "Stock", "POS"]
        groups = [row["id"] for row in await self.find("res.group", [["name", "in", wanted]])]
        company = self.info["company"]
        account = {"user": f"clerk-{uuid4().hex}", "password": uuid4().hex}
        person = {"name": "Clerk", "login": account["user"], "password": account["password"]}
        person |= {"company": company}
        access = {"companies": [["add", [company]]], "groups": [["add", groups]]}
        user = await self.call("POST", "res.user", person | access)
        application = {"application": "rest", "user": user["id"]}
        made = await self.call("POST", "res.user.application", application, ("key",))
        return {**account, "rest_key": made["key"]}

    # --- what is where

    async def product(self, sku: str) -> dict[str, Any]:
        fields = ("code", "list_price_used", "template")
        [row] = await self.find("product.product", [["code", "=", sku]], *fields)
        return row

    async def offer(self, sku: str, **values: Any) -> dict[str, Any]:
        """Put a new product on sale; *values* replace what is written of it otherwise."""
        body = {"name": sku, "code": sku, "type": "goods", "default_uom": 1, "sale_uom": 1}
        body |= {"salable": True, "account_category": 1, "list_price": decimal(Decimal("29.00"))}
        body |= {"products": [["create", [{}]]]}
        await self.call("POST", "product.template", body | values)
        return await self.product(sku)

    async def on_hand(self, sku: str, warehouse: str, **context: Any) -> int:
        """Units of *sku* in the warehouse of that code, what is picked there included."""
        context |= {"locations": [self.info["warehouses"][warehouse]]}
        domain = [["code", "=", sku]]
        [row] = await self.find("product.product", domain, "quantity", context=context)
        return int(row["quantity"])

    async def count(self, sku: str, warehouse: str, quantity: float) -> None:
        """Count the shelf of a warehouse: afterwards Tryton says that *quantity* lie there."""
        line = {"product": (await self.product(sku))["id"], "quantity": quantity}
        body = {"company": self.info["company"], "location": self.info["storage"][warehouse]}
        made = await self.call("POST", "stock.inventory", body | {"lines": [["create", [line]]]})
        await self.press("stock.inventory", made["id"], "confirm")

    async def open_corner_shop(self) -> str:
        """Open a warehouse of one shelf, without zones of its own for arrival and shipping; return
        its code. The info knows it from then on."""
        code = f"CORNER-{uuid4().hex[:6]}"
        ids = {}
        for zone, type in (("SHELF", "storage"), ("IN", "storage"), ("LOST", "lost_found")):
            body = {"name": f"{code} {zone}", "code": f"{code}/{zone}", "type": type}
            ids[zone] = (await self.call("POST", "stock.location", body))["id"]
        zones = {"input_location": ids["IN"], "lost_found_location": ids["LOST"]}
        zones |= {"storage_location": ids["SHELF"], "output_location": ids["SHELF"]}
        body = {"name": f"Shop {code}", "code": code, "type": "warehouse"}
        made = await self.call("POST", "stock.location", body | zones)
        self.info["warehouses"][code] = made["id"]
        self.info["storage"][code] = ids["SHELF"]
        return code

    async def put_into_bin(self, sku: str, warehouse: str, code: str, quantity: int) -> None:
        """Find *quantity* more of *sku* in one bin of the warehouse."""
        inside = [["parent", "child_of", [self.info["warehouses"][warehouse]]]]
        [bin] = await self.find("stock.location", [["code", "=", code], *inside])
        line = {"product": (await self.product(sku))["id"], "quantity": quantity}
        body = {"company": self.info["company"], "location": bin["id"]}
        made = await self.call("POST", "stock.inventory", body | {"lines": [["create", [line]]]})
        await self.press("stock.inventory", made["id"], "confirm")

    # --- at the till

    async def sell_at_till(
        self, store: str, sku: str, quantity: int = 1, *, method: str = "Card"
    ) -> int:
        """Sell over the counter of *store* and book it; a negative *quantity* takes goods back,
        which only works with the method ``"Cash"``. Return the id of the sale.point.sale."""
        id = await self.open_basket(store, sku, quantity, method=method)
        await self.press("sale.point.sale", id, "process")
        await self.press("sale.point.sale", id, "post")
        return id

    async def open_basket(
        self, store: str, sku: str, quantity: int = 1, *, method: str | None = None
    ) -> int:
        """Scan goods at the till, paid with *method* or, for None, not yet."""
        product = await self.product(sku)
        price = Decimal(product["list_price_used"]["decimal"])
        gross = (price * TAX).quantize(Decimal("0.0001"))
        line = {"product": product["id"], "quantity": quantity}
        line |= {"unit_list_price": decimal(price), "unit_gross_price": decimal(gross)}
        total = (gross * quantity).quantize(Decimal("0.01"))
        methods = self.info["payment_methods"]
        payments = [{"method": methods[method], "amount": decimal(total)}] if method else []
        body = {
            "company": self.info["company"],
            "point": self.info["points_of_sale"][store],
            "lines": [["create", [line]]],
            "payments": [["create", payments]],
        }
        id: int = (await self.call("POST", "sale.point.sale", body))["id"]
        return id

    # --- in the office

    async def draft(
        self,
        email: str,
        warehouse: str,
        lines: Mapping[str, int],
        *,
        is_taxed: bool = False,
        **values: Any,
    ) -> int:
        """Write a sale and leave it a draft. *values* replace what is written otherwise."""
        taxes = [["add", [1]]] if is_taxed else []
        domain = [["contact_mechanisms.value", "=", email]]
        [party] = await self.find("party.party", domain, "addresses")
        body = {
            "company": self.info["company"],
            "party": party["id"],
            "invoice_address": party["addresses"][0],
            "shipment_address": party["addresses"][0],
            "warehouse": self.info["warehouses"][warehouse],
            "currency": 1,
            "invoice_method": "order",
            "shipment_method": "order",
            "carrier": self.info["carrier"],
            "shipment_cost_method": None,
            "lines": [
                ["create", [await self._line(sku, lines[sku]) | {"taxes": taxes} for sku in lines]]
            ],
        }
        id: int = (await self.call("POST", "sale.sale", body | values))["id"]
        return id

    async def sell(
        self, email: str, warehouse: str, lines: Mapping[str, int], **values: Any
    ) -> int:
        """Write a sale and see it to the warehouse. Return the id of the sale.sale."""
        id = await self.draft(email, warehouse, lines, **values)
        for button in ("quote", "confirm", "process"):
            await self.press("sale.sale", id, button)
        return id

    async def agree_return(self, sale: int, lines: Mapping[str, int]) -> int:
        """Write the sale that takes goods of another back; return its id."""
        origin = await self.read("sale.sale", sale, "party.email", "warehouse")
        codes = {id: code for code, id in self.info["warehouses"].items()}
        return await self.sell(
            origin["party"]["email"],
            codes[origin["warehouse"]],
            {sku: -quantity for sku, quantity in lines.items()},
            origin=f"sale.sale,{sale}",
            carrier=None,
        )

    async def receive_return(self, returned: int) -> None:
        """Take in the parcel of `agree_return` and put the goods on the shelf."""
        sale = await self.read("sale.sale", returned, "shipment_returns")
        for id in sale["shipment_returns"]:
            await self.press("stock.shipment.out.return", id, "receive")
            await self.press("stock.shipment.out.return", id, "do")

    # --- in the warehouse

    async def shipments_of(self, sale: int) -> list[int]:
        found: list[int] = (await self.read("sale.sale", sale, "shipments"))["shipments"]
        return found

    async def shipments_for(self, reference: str) -> list[int]:
        """Return the shipments of the sale with this reference: of work that the gateway gave."""
        rows = await self.find("sale.sale", [["reference", "=", reference]], "shipments")
        return [id for row in rows for id in row["shipments"]]

    async def state_of(self, shipment: int) -> str:
        state: str = (await self.read("stock.shipment.out", shipment, "state"))["state"]
        return state

    async def advance(self, shipment: int) -> str:
        """Do the next thing that is to be done with a shipment; return the state after it."""
        step = STEPS[await self.state_of(shipment)]
        return await self.press("stock.shipment.out", shipment, step)

    async def bring_to(self, shipment: int, state: str) -> None:
        """Do one thing after the other until the shipment is in *state*.

        Raises: Stuck when it does not get there: the shelf has too little, as a rule.
        """
        for _ in STEPS:
            held = await self.state_of(shipment)
            if held == state:
                return
            after = await self.advance(shipment)
            if after == held:
                raise Stuck(f"shipment {shipment} stays {held}: is enough on the shelf?")
        if await self.state_of(shipment) != state:
            raise Stuck(f"shipment {shipment} does not become {state}")

    async def label(self, shipment: int, number: str) -> None:
        """Put a picked shipment into one parcel with this tracking number."""
        row = await self.read("stock.shipment.out", shipment, "outgoing_moves")
        body = {"company": self.info["company"], "shipment": f"stock.shipment.out,{shipment}"}
        body |= {"type": 1, "moves": [["add", row["outgoing_moves"]]]}
        await self.call("POST", "stock.package", body | {"shipping_reference": number})

    async def ship(self, shipment: int, number: str) -> None:
        """Pick, pack and send a shipment, as far as that is still to be done."""
        await self.bring_to(shipment, "picked")
        await self.label(shipment, number)
        await self.bring_to(shipment, "done")

    async def _line(self, sku: str, quantity: int) -> dict[str, Any]:
        product = await self.product(sku)
        return {
            "type": "line",
            "product": product["id"],
            "unit": 1,
            "quantity": quantity,
            "unit_price": product["list_price_used"],
        }


def decimal(value: Decimal) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": str(value)}


def encode(value: Any) -> str:
    """Write what a domain, an order or a context is written as in a query or a header."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
