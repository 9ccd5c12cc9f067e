"""What is read of a marketplace, kind by kind; through Market, which does the I/O."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import msgspec

from connectors.flexmarket import mapping, requests
from connectors.flexmarket.asked import Asked
from connectors.flexmarket.mapping import Shop
from connectors.flexmarket.mapping.returns import own_items
from connectors.flexmarket.mapping.stock import variant_of
from connectors.flexmarket.market import Answer, Market
from connectors.flexmarket.row import Row
from connectors.sdk.changes import Change, Page, Removed, read
from connectors.sdk.errors import Malformed, Missing
from connectors.sdk.records import Kind


class Reader:
    """Reads for one seller. Concurrency: any number of tasks; see Market."""

    def __init__(self, market: Market) -> None:
        self._market = market

    async def again(self, kind: Kind, ended: Mapping[str, datetime]) -> list[Change]:
        """Read what has left the lists of what is open; *ended* says when each was made."""
        if kind is Kind.RETURN:
            return await self.returns(list(ended))
        return await self.orders([Asked(text=own_id, since=at) for own_id, at in ended.items()])

    async def records(self, kind: Kind, answer: Answer) -> list[Change]:
        """Map one page of orders or returns."""
        shop = (await self._market.shop()).at(answer.read_at)
        if kind is Kind.RETURN:
            return await self._return_records(answer.rows, shop)
        return [change for value in answer.rows for change in _order(value, shop)]

    async def orders(self, asked: Sequence[Asked]) -> list[Change]:
        """Read orders. Of a number that is no order of this seller's, nothing comes."""
        shop = await self._market.shop()
        found = await self._market.find_orders(asked)
        changes: list[Change] = []
        for each in {str(one.value.get("id")): one for one in found}.values():
            changes += _order(each.value, shop.at(each.read_at))
        there = {each.asked for each in found}
        return changes + [
            Removed(kind=Kind.ORDER, external_id=one.text)
            for one in asked
            if one.is_an_id and one not in there
        ]

    async def returns(self, ids: Sequence[str]) -> list[Change]:
        """Read returns. One of other sellers' goods alone is none of ours: Removed."""
        shop, values = await self._market.shop(), list[object]()
        for own_id in ids:
            try:
                values.append((await self._market.read(requests.returned(own_id))).fields)
            except Missing:
                continue
        changes = await self._return_records(values, shop)
        return changes + _removed(Kind.RETURN, ids, changes)

    async def _return_records(self, values: Sequence[object], shop: Shop) -> list[Change]:
        """Map returns, each with the shopper's order, which tells whose the lines are, and the
        seller's own."""
        parents: dict[str, Row] = {}
        for parent_id in filter(None, dict.fromkeys(map(_parent_id, values))):
            with suppress(Missing):  # deleted since, and its returns with it
                parents[parent_id] = await self._market.read(requests.parent(parent_id))
        own = [Asked.of(each) for each in parents.values() if own_items(each, shop)]
        found = await self._market.find_orders(own)
        orders = {each.asked.number: str(each.value.get("id")) for each in found}

        def mapped(value: object) -> list[Change]:
            row = Row.of(value, "return")
            parent = parents.get(row.text("order"))
            order_id = orders.get(row.text("order_number"))
            return mapping.returned(row, parent, order_id, shop) if parent else []

        return [
            change
            for value in values
            for change in _read(Kind.RETURN, value, partial(mapped, value))
        ]

    async def whole(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Give all listings or stock. A later pull begins anew; one that was cut goes on a page
        before where it stopped."""
        if kind is Kind.LOCATION:
            shop = await self._market.shop()
            yield Page(changes=tuple(mapping.location(shop)), checkpoint=_AT_THE_END)
            return
        start, variants = _start(since), await self._market.variants()
        ask = requests.products if kind is Kind.PRODUCT else requests.stock
        async for answer in self._market.pages(ask, start):
            shop = (await self._market.shop()).at(answer.read_at)
            if kind is Kind.PRODUCT:
                changes = await self._listings(answer.rows, variants, shop)
            else:
                changes = _own_levels(answer.rows, skus(variants), shop)
            yield Page(changes=tuple(changes), checkpoint=str(answer.following or _AT_THE_END))

    async def _listings(
        self, values: Sequence[object], variants: Mapping[str, list[Row]], shop: Shop
    ) -> list[Change]:
        """Map one page of listings, of this seller's alone: "mine" is everybody's for staff."""
        changes: list[Change] = []
        for value in values:
            if not isinstance(value, dict) or value.get("vendor_id") != shop.id:
                continue
            own = variants.get(str(value.get("id")))
            if own is None:  # made since the variants were read
                changes += await self.products([str(value.get("id"))])
            else:
                row = Row.of(value, "listing")
                changes += _read(Kind.PRODUCT, value, partial(mapping.product, row, own, shop))
        return changes

    async def products(self, ids: Sequence[str]) -> list[Change]:
        """Read listings. A slug is taken for an id there, and found; here it is not."""
        changes: list[Change] = []
        for own_id in ids:
            shop = await self._market.shop()
            try:
                row = await self._market.read(requests.product(own_id))
            except Missing:
                continue
            if (row.maybe("id"), row.maybe("vendor_id")) == (own_id, shop.id):
                changes += _read(Kind.PRODUCT, row.fields, partial(_listed, row, shop))
        return changes + _removed(Kind.PRODUCT, ids, changes)

    async def levels(self, ids: Sequence[str]) -> list[Change]:
        shop, owned = await self._market.shop(), skus(await self._market.variants())
        changes: list[Change] = []
        for own_id in ids:
            variant_id = variant_of(own_id)
            sku = owned.get(variant_id or "")
            found = await self._market.stock_of(sku, str(variant_id)) if sku else None
            if found:
                changes += _own_levels([found[0].fields], owned, shop.at(found[1]))
        return changes + _removed(Kind.LEVEL, ids, changes)

    async def locations(self, ids: Sequence[str]) -> list[Change]:
        shop = await self._market.shop()
        changes = mapping.location(shop) if mapping.LOCATION in ids else []
        return changes + _removed(Kind.LOCATION, ids, changes)


_AT_THE_END = "end"


def _start(since: str | None) -> int:
    """Return the page with which a whole read begins. Raises: Malformed."""
    if since in (None, _AT_THE_END):
        return 1
    if since is None or not (since.isascii() and since.isdigit()):
        raise Malformed("checkpoint: none of ours")
    return max(1, int(since) - 1)


def _read(kind: Kind, value: object, mapped: Callable[[], list[Change]]) -> list[Change]:
    """Return what *mapped* reads of one row, or one Unreadable."""
    own_id = value.get("id") if isinstance(value, dict) else None
    payload = msgspec.json.encode(value).decode()
    return read(kind, own_id if isinstance(own_id, str) else None, payload, mapped)


def _order(value: object, shop: Shop) -> list[Change]:
    return _read(Kind.ORDER, value, lambda: mapping.order(Row.of(value, "order"), shop))


def _listed(row: Row, shop: Shop) -> list[Change]:
    return mapping.product(row, row.rows("variants"), shop)


def _own_levels(values: Iterable[object], skus: Mapping[str, str], shop: Shop) -> list[Change]:
    """Map the stock of this seller's variants: the list is everybody's."""
    own = [one for one in values if isinstance(one, dict) and str(one.get("product_id")) in skus]
    return [change for value in own for change in _level(value, shop)]


def _level(value: Mapping[str, object], shop: Shop) -> list[Change]:
    payload = msgspec.json.encode(value).decode()
    own_id = mapping.level_id(str(value["product_id"]))
    return read(Kind.LEVEL, own_id, payload, lambda: mapping.level(Row.of(value, "stock"), shop))


def skus(variants: Mapping[str, list[Row]]) -> dict[str, str]:
    """Return SKUs by the variant's id."""
    return {row.text("id"): row.text("sku") for rows in variants.values() for row in rows}


def _removed(kind: Kind, ids: Iterable[str], changes: Iterable[Change]) -> list[Change]:
    """Name what was asked for and is not among *changes*."""
    there = {change.external_id for change in changes}
    return [Removed(kind=kind, external_id=each) for each in ids if each not in there]


def _parent_id(value: object) -> str | None:
    found = value.get("order") if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
