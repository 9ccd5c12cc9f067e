"""Toy shops that misread what is stated or when, and kits that put them to it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.sdk.changes import Change, Page
from connectors.sdk.errors import Malformed
from connectors.sdk.records import Kind, OrderLineRecord, OrderRecord
from connectors.sdk.records.states import TrackingStatus
from connectors.sdk.values import Money
from tests.conformance.broken.toy.client import Toy
from tests.conformance.broken.toy.kit import Kit


def misread(client: type[Toy]) -> type[Kit]:
    """A kit whose facts *client* reads."""
    return type(f"Kit of {client.__name__}", (Kit,), {"client": client})


class TakesAnyWordForOpen(Toy):
    def order(self, stated: Any) -> OrderRecord:
        return super().order({**stated, "state": "open"})


class TakesZeroForSomebody(Toy):
    def order(self, stated: Any) -> OrderRecord:
        somebody = stated.get("customer")
        return replace(
            super().order(stated), customer_id=None if somebody is None else str(somebody) or None
        )


class CountsInCents(Toy):
    def money(self, amount: str, currency: str) -> Money:
        return Money(minor=round(float(amount) * 100), currency=currency)


class CutsDecimals(Toy):
    def money(self, amount: str, currency: str) -> Money:
        whole, _, rest = amount.partition(".")
        return super().money(f"{whole}.{rest[:2]}" if currency == "USD" else amount, currency)


class CountsIdsWithFloats(Toy):
    def order(self, stated: Any) -> OrderRecord:
        id = stated["id"]
        return super().order({**stated, "id": int(float(id)) if id.isdigit() else id})


class LeavesEscapes(Toy):
    def words(self, text: str) -> str:
        return text


class ReadsAPageOfLines(Toy):
    def order(self, stated: Any) -> OrderRecord:
        return super().order({**stated, "lines": min(stated["lines"], 250)})


class NamesLinesAlike(Toy):
    def line(self, stated: Any, number: int, currency: str) -> OrderLineRecord:
        return super().line(stated, 0, currency)


class ForgetsOffsets(Toy):
    def moment(self, text: str) -> datetime:
        return super().moment(text[:19] + "Z")


class TakesAnyWordForMoving(Toy):
    def scanned(self, word: str) -> TrackingStatus:
        return TrackingStatus.IN_TRANSIT


class IsAnHourLate(Toy):
    def moment(self, text: str) -> datetime:
        return super().moment(text.replace("Z", "-01:00"))


class StopsAtABadRecord(Toy):
    def readable(self, kind: Kind, stated: Any, mapping: Callable[[Any], Change]) -> Change:
        try:
            return mapping(stated)
        except (KeyError, TypeError, ValueError) as error:
            raise Malformed(repr(error)) from error


class TrustsItsOwnClock(Toy):
    async def _orders(self, since: str | None) -> AsyncIterator[Page]:
        async for page in super()._orders(since):
            yield replace(page, checkpoint=datetime.now(UTC).isoformat())

    def begin(self, since: str | None) -> str:
        return since or ""
