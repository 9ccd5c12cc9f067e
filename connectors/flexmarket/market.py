"""The two doors to a marketplace, and what is asked at them more than once.

With connector.py the only I/O, all of it through the sdk's door.
"""

import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from connectors.flexmarket import errors, requests
from connectors.flexmarket.asked import Asked
from connectors.flexmarket.mapping import Shop
from connectors.flexmarket.mapping.shop import APPROVED
from connectors.flexmarket.requests import LISTINGS, Ask
from connectors.flexmarket.row import Row
from connectors.sdk.errors import Ambiguous, Malformed, Misconfigured, Missing, Rejected
from connectors.sdk.http import Http, Response
from connectors.sdk.records import Kind

SHOP_AGE_S = 300.0
"""How long the seller's profile and the currency are held: they change once in years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One page of a list. *following* is the number of the next one, None after the last."""

    rows: list[object]
    read_at: datetime
    total: int | None
    following: int | None

    @property
    def oldest(self) -> datetime | None:
        """When the last of the page's rows that say so was made; lists are newest first."""
        times = (time_of(value) for value in reversed(self.rows))
        return next((at for at in times if at), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A seller's order that was asked for."""

    asked: Asked
    value: Mapping[str, object]
    read_at: datetime


class Market:
    """One seller at one marketplace. Concurrency: any number of tasks; no state but the doors and,
    for a while, the seller's profile, which two tasks may at worst both read."""

    def __init__(self, seller: Http, staff: Http | None, host: str) -> None:
        self._seller = seller
        self._staff = staff
        self._host = host
        self._shop: tuple[float, Shop] | None = None

    @property
    def has_staff(self) -> bool:
        return self._staff is not None

    def require_staff(self) -> None:
        """Raise Misconfigured, before anything is sent, where only the staff's token will do."""
        if self._staff is None:
            raise Misconfigured(
                "staff_token: is not set, and the marketplace shows stock and returns, and takes "
                "counts, deliveries and cancellations, from its own staff alone"
            )

    async def shop(self) -> Shop:
        """Return the seller, as of now. Raises: Misconfigured when the marketplace has not
        approved, or has suspended, the seller: lists are then refused, or everybody's."""
        now = time.monotonic()
        if self._shop is None or now - self._shop[0] > SHOP_AGE_S:
            self._shop = now, await self._read_shop()
        return self._shop[1].at(datetime.now(UTC))

    async def _read_shop(self) -> Shop:
        try:
            profile, price = await self.read(requests.profile()), await self.read(requests.price())
        except Missing as error:
            raise Misconfigured("url: no marketplace's API answers there") from error
        shop = Shop.of(profile, price, self._host, datetime.now(UTC))
        if shop.status != APPROVED:
            raise Misconfigured(f"token: the marketplace says that the seller is {shop.status}")
        return shop

    def forget(self) -> None:
        """Read the seller's profile anew the next time."""
        self._shop = None

    async def read(self, ask: Ask) -> Row:
        """Raises: Missing, Rejected, Malformed, and what the door raises."""
        response = await self._send(ask)
        if response.status >= 400:
            raise errors.refusal(response)
        return Row.of(response.json())

    async def write(self, ask: Ask) -> None:
        """Raises: Rejected, Conflict, Missing; Ambiguous when what answers is no marketplace."""
        response = await self._send(ask)
        if response.status >= 400:
            raise errors.refusal(response)
        try:
            Row.of(response.json())
        except Malformed as error:
            raise Ambiguous(f"sent, the answer cannot be read: {error}") from error

    async def _send(self, ask: Ask) -> Response:
        if not ask.by_staff:
            return await self._seller.send(ask.request)
        self.require_staff()
        assert self._staff is not None
        try:
            return await self._staff.send(ask.request)
        except Misconfigured as error:
            raise Misconfigured(f"staff_token: {error}") from error

    async def pages(
        self,
        page: Callable[[int], Ask],
        start: int = 1,
        until: Callable[[Answer], bool] = lambda _: False,
    ) -> AsyncIterator[Answer]:
        """Give the pages of a list until one is enough. Where the list got shorter meanwhile, which
        moves all that follows up, or ends it sooner, the page before is given once more: nothing is
        passed over."""
        number: int | None = start
        before = 0
        while number is not None:
            answer = await self._page(page(number), number, before)
            before = answer.total or 0
            yield answer
            number = None if until(answer) else answer.following

    async def _page(self, ask: Ask, number: int, before: int) -> Answer:
        read_at = datetime.now(UTC)
        try:
            found = await self.read(ask)
        except Missing as error:
            if number == 1:
                raise Misconfigured(f"url: there is no {ask.request.path}") from error
            return Answer(rows=[], read_at=read_at, total=None, following=number - 1)
        except Rejected as error:
            raise Malformed(f"{ask.request.path}: {error}") from error
        total, has_more = found.count("count"), found.maybe("next") is not None
        following = number + 1 if has_more else None
        return Answer(
            rows=found.values("results"),
            read_at=read_at,
            total=total,
            following=max(1, number - 1) if total < before else following,
        )

    async def find_orders(self, wanted: Collection[Asked]) -> list[Found]:
        """Return those of the seller's orders that were asked for. There is no way to ask for one:
        the list is read, newest first, until all are there or none can follow."""
        left, found = list(dict.fromkeys(wanted)), list[Found]()

        def is_enough(answer: Answer) -> bool:
            oldest = answer.oldest
            return all(one.since and oldest and oldest < one.since for one in left)

        if not left:
            return []
        async for answer in self.pages(LISTINGS[Kind.ORDER].page, until=is_enough):
            met = _met(left, answer)
            found += met
            left[:] = [one for one in left if one not in {each.asked for each in met}]
        return found

    async def parent_of(self, order: Row) -> Row | None:
        """Return the shopper's whole order of a seller's, None where it is not there: by its
        number, the only thing that both have."""
        number = order.text("order_number")
        for each in (await self.read(requests.parents(number))).rows("results"):
            if each.text("order_number") == number:
                return await self.read(requests.parent(each.text("id")))
        return None

    async def variants(self) -> dict[str, list[Row]]:
        """Return the variants of all the seller's listings, by listing. Whose a variant is only its
        listing tells, and a token of staff is shown everybody's."""
        shop, own, found = await self.shop(), set[object](), dict[str, Row]()
        async for answer in self.pages(requests.products):
            rows = (Row.of(value, "listing") for value in answer.rows)
            own |= {row.text("id") for row in rows if row.maybe("vendor_id") == shop.id}
        async for answer in self.pages(requests.variants):
            rows = (Row.of(value, "variant") for value in answer.rows)
            found |= {row.text("id"): row for row in rows if row.text("product") in own}
        by_product: dict[str, list[Row]] = {}
        for row in found.values():
            by_product.setdefault(row.text("product"), []).append(row)
        return by_product

    async def stock_of(self, sku: str, variant_id: str) -> tuple[Row, datetime] | None:
        """Return a variant's stock, and when it was read. The search is for a part of a SKU, and
        finds "TEE-S-2" for "TEE-S"; and stock keeps the SKU that a variant had when its counting
        began, so what is not found so is looked for among all."""
        for search in (sku, ""):
            async for answer in self.pages(partial(requests.stock, sku=search)):
                rows = [Row.of(value, "stock") for value in answer.rows]
                own = [row for row in rows if row.maybe("product_id") == variant_id]
                if own:
                    return own[0], answer.read_at
        return None


def _met(wanted: Collection[Asked], answer: Answer) -> list[Found]:
    """Return what of *wanted* is on a page: a row may be asked for by its id and by its number."""
    return [
        Found(asked=one, value=value, read_at=answer.read_at)
        for value in answer.rows
        if isinstance(value, dict)
        for one in wanted
        if one.is_met_by(value)
    ]


def time_of(value: object) -> datetime | None:
    """Return when a row of a list was made, where it says so."""
    try:
        return Row.of(value).time("created_at")
    except Malformed:
        return None
