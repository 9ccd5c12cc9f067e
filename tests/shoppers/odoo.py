"""The people who work with an Odoo: at its tills, in its office, in its warehouses.

    staff = Staff(http, running("odoo11").info)          # http: an aiohttp.ClientSession
    await staff.sell_at_till("STORE-NYC", {"TEE-BLK-S": 2}, customer="ada.okafor@example.com")
    sale = await staff.sell("ada.okafor@example.com", "DC-RENO", {"TEE-BLK-S": 2})
    [delivery] = await staff.deliveries_of(sale)
    await staff.ship(delivery, "1Z999")
    await staff.on_hand("TEE-BLK-S", "DC-RENO")          # 115

Speaks Odoo's JSON-RPC by itself, and shares nothing with the connector, so that it can witness what
that says. Ids are Odoo's own numbers.
"""

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid4

import aiohttp

TAX = Decimal("0.08")
"""The seed's one tax, on everything that a till sells."""
SOLD_AT = "2026-11-22 08:10:00"


class Refused(Exception):
    """Odoo answered with an error: the *name* of its exception, and what it says."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


class Staff:
    """Everybody at one Odoo that the start script started; *info* is what that said of it."""

    def __init__(self, http: aiohttp.ClientSession, info: Mapping[str, Any]) -> None:
        self._http = http
        self.info = info

    # --- the protocol, bare

    async def rpc(self, service: str, method: str, *args: Any) -> Any:
        """Call JSON-RPC and return the whole answer, whatever it says."""
        params = {"service": service, "method": method, "args": args}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        async with self._http.post(self.info["jsonrpc"], json=body) as answer:
            return json.loads(await answer.text(), parse_float=Decimal)

    async def call(
        self, model: str, method: str, *args: Any, context: Mapping[str, Any] | None = None
    ) -> Any:
        """Call a method of a model. Raises: Refused."""
        who = (self.info["database"], self.info["uid"], self.info["password"])
        given = {"context": dict(context or {})}
        answer = await self.rpc("object", "execute_kw", *who, model, method, args, given)
        if "error" in answer:
            data = answer["error"]["data"]
            raise Refused(data["name"], data["message"])
        return answer.get("result")

    async def find(
        self, model: str, domain: list[Any], *fields: str, context: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Search, the oldest first."""
        args = (domain, fields, 0, None, "id")
        found: list[dict[str, Any]] = await self.call(model, "search_read", *args, context=context)
        return found

    async def read(self, model: str, id: int, *fields: str) -> dict[str, Any]:
        [row] = await self.find(model, [["id", "=", id]], *fields)
        return row

    # --- what is where

    async def product(self, sku: str) -> dict[str, Any]:
        fields = ("default_code", "lst_price", "product_tmpl_id")
        [row] = await self.find("product.product", [["default_code", "=", sku]], *fields)
        return row

    async def offer(self, sku: str, **values: Any) -> dict[str, Any]:
        """Put a new product on sale; *values* replace what is written of it otherwise."""
        body = {"name": sku, "default_code": sku, "type": "product", "list_price": 29.0}
        await self.call("product.product", "create", body | values)
        return await self.product(sku)

    async def partner(self, email: str) -> int:
        [row] = await self.find("res.partner", [["email", "=", email], ["parent_id", "=", False]])
        id: int = row["id"]
        return id

    async def on_hand(self, sku: str, warehouse: str) -> int:
        """Units of *sku* on the shelf of the warehouse of that name, bins included."""
        place = {"location": self.info["stock_locations"][warehouse]}
        domain = [["default_code", "=", sku]]
        [row] = await self.find("product.product", domain, "qty_available", context=place)
        return int(row["qty_available"])

    async def count(
        self, sku: str, warehouse: str, quantity: float, location: int | None = None
    ) -> None:
        """Count the shelf of a warehouse, or another location; *quantity* lie there then."""
        place = location or self.info["stock_locations"][warehouse]
        line = {"product_id": (await self.product(sku))["id"], "location_id": place}
        body = {"name": f"Count {sku}", "location_id": place, "filter": "partial"}
        body |= {"line_ids": [[0, 0, line | {"product_qty": quantity}]]}
        made = await self.call("stock.inventory", "create", body)
        await self.call("stock.inventory", "action_done", [made])

    # --- at the till

    async def open_till(self, store: str) -> int:
        """Return the session that is open at *store*, opened when there is none."""
        config = self.info["points_of_sale"][store]["config"]
        domain = [["config_id", "=", config], ["state", "=", "opened"]]
        found = await self.find("pos.session", domain)
        if found:
            held: int = found[0]["id"]
            return held
        body = {"config_id": config, "user_id": await self._cashier()}
        id: int = await self.call("pos.session", "create", body)
        await self.call("pos.session", "action_pos_session_open", [id])
        return id

    async def _cashier(self) -> int:
        """Return who is to stand at a till: us, or somebody new while we stand at another."""
        uid: int = self.info["uid"]
        busy = [["user_id", "=", uid], ["state", "!=", "closed"]]
        if not await self.find("pos.session", busy):
            return uid
        person = {"name": "Cashier", "login": f"cashier-{uuid4().hex}"}
        hired: int = await self.call("res.users", "create", person)
        return hired

    async def close_till(self, store: str) -> None:
        """Close the session of *store*: its sales are done, and in the books."""
        session = await self.open_till(store)
        await self.call("pos.session", "action_pos_session_closing_control", [session])

    async def sell_at_till(
        self,
        store: str,
        lines: Mapping[str, int],
        *,
        customer: str | None = None,
        method: str = "card",
        handed: Decimal | None = None,
    ) -> int:
        """Sell over the counter of *store*; a negative quantity takes goods back. *handed* is what
        the shopper hands over, if that is more than the total: the rest is given back. Return the
        id of the pos.order."""
        receipt = await self.receipt(store, lines, customer=customer, method=method, handed=handed)
        [id] = await self.call("pos.order", "create_from_ui", [receipt])
        found: int = id
        return found

    async def receipt(
        self,
        store: str,
        lines: Mapping[str, int],
        *,
        customer: str | None = None,
        method: str = "card",
        handed: Decimal | None = None,
    ) -> dict[str, Any]:
        """Return a paid sale as the till sends it."""
        session = await self.open_till(store)
        rows = [await self._till_line(sku, quantity) for sku, quantity in lines.items()]
        net = sum((Decimal(str(row["price_unit"])) * row["qty"] for row in rows), Decimal())
        total = (net * (1 + TAX)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        paid = total if handed is None else handed
        journal = self.info["points_of_sale"][store][f"{method}_journal"]
        domain = [["pos_session_id", "=", session], ["journal_id", "=", journal]]
        [statement] = await self.find("account.bank.statement", domain, "account_id")
        payment = {"name": SOLD_AT, "amount": float(paid), "journal_id": journal}
        payment |= {"account_id": statement["account_id"][0], "statement_id": statement["id"]}
        uid = uuid4().hex
        data = {
            "name": f"Order {uid}",
            "uid": uid,
            "sequence_number": 1,
            "pos_session_id": session,
            "user_id": self.info["uid"],
            "partner_id": await self.partner(customer) if customer else False,
            "pricelist_id": 1,
            "fiscal_position_id": False,
            "creation_date": SOLD_AT,
            "amount_paid": float(paid),
            "amount_return": float(paid - total),
            "amount_tax": float(total - net),
            "amount_total": float(total),
            "lines": [[0, 0, row] for row in rows],
            "statement_ids": [[0, 0, payment]] if paid else [],
        }
        return {"id": uid, "to_invoice": False, "data": data}

    async def refund_at_till(
        self, order: int, store: str, *, keep: Mapping[str, int] | None = None
    ) -> int:
        """Take a sale back in cash, but what the shopper is to *keep*; return the id of the
        refund, which is a pos.order too."""
        await self.open_till(store)
        answer = await self.call("pos.order", "refund", [order])
        id: int = answer["res_id"]
        await self._keep(id, keep or {})
        row = await self.read("pos.order", id, "amount_total")
        journal = self.info["points_of_sale"][store]["cash_journal"]
        body = {"journal_id": journal, "amount": float(row["amount_total"])}
        context = {"active_id": id}
        made = await self.call("pos.make.payment", "create", body, context=context)
        await self.call("pos.make.payment", "check", [made], context=context)
        return id

    async def _keep(self, refund: int, keep: Mapping[str, int]) -> None:
        for sku, quantity in keep.items():
            product = (await self.product(sku))["id"]
            domain = [["order_id", "=", refund], ["product_id", "=", product]]
            [line] = await self.find("pos.order.line", domain, "qty")
            left = float(line["qty"] + quantity)
            await self.call("pos.order.line", "write", [line["id"]], {"qty": left})

    async def _till_line(self, sku: str, quantity: int) -> dict[str, Any]:
        product = await self.product(sku)
        line = {"product_id": product["id"], "qty": quantity, "discount": 0, "pack_lot_ids": []}
        price = float(product["lst_price"])
        return line | {"price_unit": price, "tax_ids": [[6, 0, [self.info["tax"]]]]}

    # --- in the office

    async def draft(
        self, email: str, warehouse: str, lines: Mapping[str, int], **values: Any
    ) -> int:
        """Write a sale and leave it a draft. *values* replace what is written otherwise."""
        rows = [await self._line(sku, quantity) for sku, quantity in lines.items()]
        body = {
            "partner_id": await self.partner(email),
            "warehouse_id": self.info["warehouses"][warehouse],
            "order_line": [[0, 0, row] for row in rows],
        }
        id: int = await self.call("sale.order", "create", body | values)
        return id

    async def sell(
        self, email: str, warehouse: str, lines: Mapping[str, int], **values: Any
    ) -> int:
        """Write a sale and see it to the warehouse. Return the id of the sale.order."""
        id = await self.draft(email, warehouse, lines, **values)
        await self.call("sale.order", "action_confirm", [id])
        return id

    async def _line(self, sku: str, quantity: int) -> dict[str, Any]:
        product = await self.product(sku)
        return {
            "product_id": product["id"],
            "product_uom_qty": quantity,
            "price_unit": float(product["lst_price"]),
        }

    # --- in the warehouse

    async def transfers_of(self, sale: int, code: str) -> list[int]:
        """Return the transfers of a sale of one *code*: outgoing, internal, incoming."""
        domain = [["sale_id", "=", sale], ["picking_type_id.code", "=", code]]
        return [row["id"] for row in await self.find("stock.picking", domain)]

    async def deliveries_of(self, sale: int) -> list[int]:
        return await self.transfers_of(sale, "outgoing")

    async def deliveries_for(self, reference: str) -> list[int]:
        """Return the deliveries of the sale with this reference: of work the gateway gave."""
        sales = await self.find("sale.order", [["client_order_ref", "=", reference]])
        return [id for sale in sales for id in await self.deliveries_of(sale["id"])]

    async def state_of(self, transfer: int) -> str:
        state: str = (await self.read("stock.picking", transfer, "state"))["state"]
        return state

    async def process(self, transfer: int, most: int | None = None) -> None:
        """Do a transfer, at most *most* units of each product; the rest is a transfer of its own
        then."""
        await self.call("stock.picking", "action_assign", [transfer])
        domain = [["picking_id", "=", transfer]]
        for line in await self.find("stock.move.line", domain, "product_uom_qty"):
            units = line["product_uom_qty"]
            done = float(units if most is None else min(units, most))
            await self.call("stock.move.line", "write", [line["id"]], {"qty_done": done})
        asked = await self.call("stock.picking", "button_validate", [transfer])
        if asked:
            await self.call(asked["res_model"], "process", [asked["res_id"]])

    async def pick(self, sale: int) -> None:
        """Do the first step of a sale, in a warehouse that has two."""
        for id in await self.transfers_of(sale, "internal"):
            if await self.state_of(id) not in ("done", "cancel"):
                await self.process(id)

    async def ship(self, delivery: int, number: str, most: int | None = None) -> None:
        """Pick and send a delivery, with this tracking number."""
        row = await self.read("stock.picking", delivery, "sale_id")
        await self.pick(row["sale_id"][0])
        await self.call("stock.picking", "write", [delivery], {"carrier_tracking_ref": number})
        await self.process(delivery, most)

    async def agree_return(self, delivery: int, quantity: int, *, to_refund: bool = True) -> int:
        """Write the transfer that brings *quantity* of each product of a delivery back."""
        context = {"active_id": delivery}
        fields = ["picking_id", "product_return_moves", "location_id"]
        body = await self.call("stock.return.picking", "default_get", fields, context=context)
        for _, _, line in body["product_return_moves"]:
            line |= {"quantity": quantity, "to_refund": to_refund}
        wizard = await self.call("stock.return.picking", "create", body, context=context)
        made = await self.call("stock.return.picking", "create_returns", [wizard])
        id: int = made["res_id"]
        return id
