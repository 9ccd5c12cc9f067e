"""Gathering: the rows that records are put together of, model by model.

Odoo's answers are flat: a sale names its lines and its partner by their ids, and each model is
asked for by itself.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from connectors.odoo.connector.door import Door
from connectors.odoo.mapping import catalog, customers, pickings, sales, stock, tills
from connectors.odoo.mapping.stock import Book, Places
from connectors.odoo.mapping.wire import Row, Tables
from connectors.odoo.requests import HIDDEN, Domain, Json, Search

CODES = ("code",)
LARGE = 1000
"""Rows of a search whose rows are small: lines, moves, places."""


class Gatherer:
    """Raises: as `Door`."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._codes: dict[str, dict[int, Row]] = {customers.STATE: {}, customers.COUNTRY: {}}

    async def places(self) -> Places:
        return Places(Tables(await self._places()))

    async def warehouses(self, asked_at: datetime) -> Book:
        """Read all warehouses, with where they are."""
        rows = await self._places()
        partners = _links(rows[stock.WAREHOUSE], "partner_id")
        tables = Tables({**rows, **await self._partners(partners)})
        return Book(tables=tables, places=Places(tables), asked_at=asked_at)

    async def products(self, templates: Sequence[int]) -> Tables:
        fields = catalog.TEMPLATE_FIELDS
        rows = {catalog.TEMPLATE: await self._door.by_ids(catalog.TEMPLATE, fields, templates)}
        domain: Domain = [["product_tmpl_id", "in", list(templates)]]
        context = {**HIDDEN, **catalog.BARE_NAMES}
        variants = await self._all(catalog.PRODUCT, catalog.VARIANT_FIELDS, domain, **context)
        values = {id for row in variants for id in row.ids("attribute_value_ids")}
        rows[catalog.PRODUCT] = variants
        rows[catalog.VALUE] = await self._door.by_ids(
            catalog.VALUE, catalog.VALUE_FIELDS, sorted(values)
        )
        return Tables(rows)

    async def partners(self, ids: Sequence[int], *, is_whole: bool = False) -> Tables:
        """Read partners with what their addresses refer to; with *is_whole* also the addresses that
        belong to them."""
        return Tables(await self._partners(ids, is_whole=is_whole))

    async def sales(self, ids: Sequence[int], asked_at: datetime) -> Book:
        """Read sales with their lines, transfers and stock moves."""
        rows = await self._places()
        rows[sales.MODEL] = await self._door.by_ids(sales.MODEL, sales.FIELDS, ids)
        rows[sales.LINE] = await self._of(sales.LINE, sales.LINE_FIELDS, "order_id", ids)
        rows[pickings.MODEL] = await self._of(pickings.MODEL, pickings.FIELDS, "sale_id", ids)
        rows[sales.MOVE] = await self._moves(rows)
        partners = [
            id
            for field in ("partner_id", "partner_shipping_id", "partner_invoice_id")
            for id in _links(rows[sales.MODEL], field)
        ]
        rows |= await self._partners(partners)
        rows |= await self._sold(rows[sales.LINE] + rows[sales.MOVE], "tax_id")
        tables = Tables(rows)
        return Book(tables=tables, places=Places(tables), asked_at=asked_at)

    async def tills(self, ids: Sequence[int], asked_at: datetime) -> Book:
        """Read sales of tills, and all that carry the same receipt numbers."""
        asked = await self._door.by_ids(tills.MODEL, tills.FIELDS, ids)
        receipts: Domain = [["pos_reference", "in", tills.receipts(asked)]]
        same = await self._all(tills.MODEL, tills.FIELDS, receipts)
        rows = await self._places()
        rows[tills.MODEL] = list({row.id: row for row in asked + same}.values())
        every = [row.id for row in rows[tills.MODEL]]
        rows[tills.LINE] = await self._of(tills.LINE, tills.LINE_FIELDS, "order_id", every)
        rows[tills.PAYMENT] = await self._of(
            tills.PAYMENT, tills.PAYMENT_FIELDS, "pos_statement_id", every
        )
        lists = _links(rows[tills.MODEL], "pricelist_id")
        rows[tills.PRICELIST] = await self._door.by_ids(
            tills.PRICELIST, tills.PRICELIST_FIELDS, lists
        )
        rows |= await self._sold(rows[tills.LINE], "tax_ids")
        tables = Tables(rows)
        return Book(tables=tables, places=Places(tables), asked_at=asked_at)

    async def _places(self) -> dict[str, list[Row]]:
        return {model: await self._all(model, stock.FIELDS[model]) for model in stock.FIELDS}

    async def _moves(self, rows: dict[str, list[Row]]) -> list[Row]:
        """Read the moves of transfers and of lines: those of a transfer inside the house name no
        line, those that a module made without a transfer name no transfer."""
        transfers = [row.id for row in rows[pickings.MODEL]]
        lines = [row.id for row in rows[sales.LINE]]
        domain: Domain = ["|", ["picking_id", "in", transfers], ["sale_line_id", "in", lines]]
        return await self._all(sales.MOVE, pickings.MOVE_FIELDS, domain)

    async def _sold(self, rows: Sequence[Row], taxes: str) -> dict[str, list[Row]]:
        """Read the products that *rows* name, and the taxes of those that are lines."""
        products = _links(rows, "product_id")
        named = {id for row in rows if taxes in row.data for id in row.ids(taxes)}
        return {
            catalog.PRODUCT: await self._door.by_ids(
                catalog.PRODUCT, sales.PRODUCT_FIELDS, products, **catalog.BARE_NAMES
            ),
            sales.TAX: await self._door.by_ids(sales.TAX, sales.TAX_FIELDS, sorted(named)),
        }

    async def _partners(
        self, ids: Sequence[int], *, is_whole: bool = False
    ) -> dict[str, list[Row]]:
        found = await self._door.by_ids(customers.MODEL, customers.FIELDS, ids)
        if is_whole:
            found += await self._of(customers.MODEL, customers.FIELDS, "parent_id", ids)
        held = {row.id: row for row in found}
        parents = [id for id in _links(found, "parent_id") if id not in held]
        for row in await self._door.by_ids(customers.MODEL, customers.FIELDS, parents):
            held[row.id] = row
        return {
            customers.MODEL: list(held.values()),
            customers.STATE: await self._coded(customers.STATE, held.values(), "state_id"),
            customers.COUNTRY: await self._coded(customers.COUNTRY, held.values(), "country_id"),
        }

    async def _coded(self, model: str, rows: Iterable[Row], field: str) -> list[Row]:
        """Return states or countries, each asked for once: they do not change."""
        known = self._codes[model]
        wanted = _links(rows, field)
        for row in await self._door.by_ids(model, CODES, [id for id in wanted if id not in known]):
            known[row.id] = row
        return [known[id] for id in wanted if id in known]

    async def _of(
        self, model: str, fields: Sequence[str], link: str, ids: Sequence[int]
    ) -> list[Row]:
        return await self._all(model, fields, [[link, "in", list(ids)]]) if ids else []

    async def _all(
        self, model: str, fields: Sequence[str], domain: Domain = (), **context: Json
    ) -> list[Row]:
        search = Search(
            model=model, fields=fields, domain=domain, size=LARGE, context={**HIDDEN, **context}
        )
        return await self._door.all(search)


def _links(rows: Iterable[Row], field: str) -> list[int]:
    """Return what a many2one of *rows* names, each once."""
    found = (row.link(field) for row in rows)
    return [id for id in dict.fromkeys(found) if id is not None]
