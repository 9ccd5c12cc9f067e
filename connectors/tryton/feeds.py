"""Feeds: how changes are found, and what a checkpoint remembers of them. Pure.

Tryton pushes nothing. Three of its traces are followed together, because each misses something:

* `id` - a record that was not there before. Finds what a long import creates, whose `create_date`
  is the time the import began.
* `write_date`, `create_date` - to the microsecond. A record that was never written again has no
  `write_date`. Both are the beginning of the transaction, not its end, hence `OVERLAP`.
* `ir.model.log`, the journal - buttons, writes and transitions in the order of their commits. Finds
  what a long transaction wrote. Creations are not in it, and neither is what a button does to other
  records: a stock move that is done, say. Administrators alone may search it; without it the rest
  goes on, and what it alone would have found is left to reconciliation.

Nor does a change of one record touch those it belongs to: stock is moved without a word in the
product, goods leave without a word in the sale. So each kind follows several models.

Source: trytond 8.2 ir/model.py (Log), model/modelstorage.py (log), model/modelsql.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from connectors.sdk.records import Kind
from connectors.tryton import requests
from connectors.tryton.mapping import catalog, customers, sales, shipments, tills
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Json, Search

OVERLAP = timedelta(seconds=30)
"""How far a scan goes back behind the beginning of the last one: longer than an ordinary
transaction, whose records all carry the time it began, and than Tryton's clock and its database's
differ."""

JOURNAL = "ir.model.log"
JOURNAL_REWIND = 1000
"""Entries among which one may have been committed late, and still be in `OVERLAP`."""

Subject = tuple[str, int]
"""A record to read again: its model and id."""

HIDDEN: Mapping[str, Json] = {"active_test": False}
"""Context in which a search finds what was archived, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One *model* whose records move, and the field *names* the record *of* another model (or of
    the same: ``"id"``) that must be read again then. *through* is the field of `sale.sale` that
    leads back to the sales, where the moved record does not name them itself."""

    model: str
    names: str = "id"
    of: str
    through: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one kind is read: *mains* are the models that everything is read of at first, each with
    the domain that leaves out what is no business of ours."""

    mains: Sequence[tuple[str, requests.Domain]]
    feeds: Sequence[Feed]


_PRODUCT, _TEMPLATE, _PARTY = "product.product", "product.template", "party.party"

PLANS = {
    Kind.PRODUCT: Plan(
        mains=((_TEMPLATE, [["type", "=", catalog.GOODS]]),),
        feeds=(
            Feed(model=_TEMPLATE, of=_TEMPLATE),
            Feed(model=_PRODUCT, names="template", of=_TEMPLATE),
            Feed(model="product.list_price", names="template", of=_TEMPLATE),
            Feed(model="product.identifier", names="product.template", of=_TEMPLATE),
        ),
    ),
    Kind.CUSTOMER: Plan(
        mains=((_PARTY, customers.IS_CUSTOMER),),
        feeds=(
            Feed(model=_PARTY, of=_PARTY),
            Feed(model="party.address", names="party", of=_PARTY),
            Feed(model="party.contact_mechanism", names="party", of=_PARTY),
        ),
    ),
    Kind.LEVEL: Plan(
        mains=((_PRODUCT, [["type", "=", catalog.GOODS]]),),
        feeds=(
            Feed(model="stock.move", names="product", of=_PRODUCT),
            Feed(model=_PRODUCT, of=_PRODUCT),
        ),
    ),
    Kind.ORDER: Plan(
        mains=((sales.MODEL, ()), (tills.MODEL, ())),
        feeds=(
            Feed(model=sales.MODEL, of=sales.MODEL),
            Feed(model="sale.line", names="sale", of=sales.MODEL),
            Feed(model=shipments.MODEL, of=sales.MODEL, through="shipments"),
            Feed(model="stock.shipment.out.return", of=sales.MODEL, through="shipment_returns"),
            Feed(model=tills.MODEL, of=tills.MODEL),
            Feed(model="sale.point.sale.line", names="sale", of=tills.MODEL),
            Feed(model=tills.PAYMENT, names="sale", of=tills.MODEL),
        ),
    ),
    Kind.FULFILLMENT_ORDER: Plan(
        mains=((shipments.MODEL, ()),),
        feeds=(
            Feed(model=shipments.MODEL, of=shipments.MODEL),
            Feed(model="stock.move", names="shipment", of=shipments.MODEL),
            Feed(model="stock.package", names="shipment", of=shipments.MODEL),
        ),
    ),
}
"""Locations are not here: there are few, and all are read each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far one model is known: up to which id, and until when (by Tryton's clock).

    While a scan is under way *after* is the last id it saw and *began_at* when it began: what
    changes from then on is left to the next one.
    """

    newest_id: int
    known_until: datetime
    after: int = 0
    began_at: datetime | None = None

    def advance(self, rows: Sequence[Row], asked_at: datetime) -> "Cursor":
        """Return the cursor after one page; a page that is not full ends the scan."""
        began_at = self.began_at or asked_at
        after = rows[-1].id if rows else self.after
        if len(rows) == requests.PAGE:
            return replace(self, after=after, began_at=began_at)
        return Cursor(newest_id=max(self.newest_id, after), known_until=began_at)


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull goes on from. *cursors* by model. *backfill*: the main model that the first,
    complete reading is at, by its place in the plan, and the last id read of it."""

    cursors: dict[str, Cursor]
    backfill: tuple[int, int] | None = None

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


def decode(since: str) -> Checkpoint | None:
    """Read a checkpoint of ours; None for one that an older version wrote, to begin anew."""
    try:
        return msgspec.json.decode(since, type=Checkpoint)
    except msgspec.DecodeError:
        return None


def all_feeds(plan: Plan) -> tuple[Feed, ...]:
    """Return the plan's feeds and the journal."""
    return (*plan.feeds, Feed(model=JOURNAL, names="resource", of=""))


def newest(model: str) -> Search:
    """Ask for the record of *model* that was made last."""
    return Search(model=model, fields=(), order=(("id", "DESC"),), size=1, context=HIDDEN)


def changed(feed: Feed, plan: Plan, cursor: Cursor) -> Search:
    """Ask for what moved since *cursor*, in the order of ids."""
    since = requests.time(cursor.known_until - OVERLAP)
    is_journal = feed.model == JOURNAL
    traces = _journal(cursor, since) if is_journal else _traces(cursor, since)
    domain: list[Json] = [traces, ["id", ">", cursor.after]]
    if is_journal:
        domain.append(["OR", *(["resource", "like", f"{model},%"] for model, _ in plan.mains)])
    return Search(
        model=feed.model,
        fields=(feed.names,),
        domain=domain,
        size=requests.PAGE,
        context=HIDDEN,
    )


def everything(model: str, domain: requests.Domain, after: int, size: int) -> Search:
    """Ask for the ids of the next *size* records of *model*, for the first, complete reading."""
    return Search(
        model=model,
        fields=("id",),
        domain=[*domain, ["id", ">", after]],
        size=size,
        context=HIDDEN,
    )


def owners(feed: Feed, ids: Sequence[int]) -> Search:
    """Ask for the sales that the records *ids* of a feed with *through* belong to."""
    domain: requests.Domain = [[feed.through or "id", "in", ids]]
    return Search(model=feed.of, fields=("id",), domain=domain)


def subjects(feed: Feed, rows: Iterable[Row], plan: Plan) -> list[Subject]:
    """Return what *rows* of a feed say must be read again, each once."""
    mains = {model for model, _ in plan.mains}
    found = (_subject(feed, row) for row in rows)
    return list(dict.fromkeys(one for one in found if one and one[0] in mains))


def _subject(feed: Feed, row: Row) -> Subject | None:
    *path, last = feed.names.split(".")
    for name in path:
        row = row.row(name)
    # A reference names its model itself. That of a deleted record reads null: the journal says
    # that one was deleted, and not which.
    if last in ("resource", "shipment"):
        return row.reference(last)
    id = row.link(last)
    return None if id is None else (feed.of, id)


def _traces(cursor: Cursor, since: Json) -> list[Json]:
    return [
        "OR",
        ["id", ">", cursor.newest_id],
        ["write_date", ">", since],
        ["create_date", ">", since],
    ]


def _journal(cursor: Cursor, since: Json) -> list[Json]:
    late: list[Json] = [
        ["id", ">", cursor.newest_id - JOURNAL_REWIND],
        ["create_date", ">", since],
    ]
    return ["OR", ["id", ">", cursor.newest_id], late]
