"""Feeds: how changes are found, and what a checkpoint remembers of them. Pure.

Odoo tells nobody that something changed. Two of its traces are followed together:

* `write_date` - when the transaction began that wrote the record last. A record of a transaction
  that took long is seen late, under a time that has passed: hence `OVERLAP`.
* `id` - a record that was not there before. Finds what a long import creates.

Everything written in one transaction has one `write_date`, were it ten thousand records: pages go
by id, and a scan that has begun is finished before its time moves on.

Nor does a change of one record touch those it belongs to: stock is moved without a word in the
product, goods leave without a word in the sale. So each kind follows several models. What is
deleted leaves no trace at all.

Source: odoo 11.0 odoo/models.py (_write: ``write_date = now() at time zone 'UTC'``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from connectors.odoo import requests
from connectors.odoo.mapping import catalog, customers, pickings, sales, tills
from connectors.odoo.mapping.wire import Row
from connectors.odoo.requests import Domain, Json, Search
from connectors.sdk.records import Kind

OVERLAP = timedelta(seconds=60)
"""How far a scan goes back behind the beginning of the last one: longer than an ordinary
transaction, whose records all carry the time it began, and than Odoo's clock and its database's
differ."""

Subject = tuple[str, int]
"""A record to read again: its model and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One *model* whose records move, and the field *names* the record *of* another model (or of
    the same: ``"id"``) that must be read again then. With *through* what is named is a record of
    that model, whose field of that name has the subject."""

    model: str
    names: str = "id"
    of: str
    through: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one kind is read: *mains* are the models that everything is read of at first, each with
    the domain that leaves out what is no business of ours."""

    mains: Sequence[tuple[str, Domain]]
    feeds: Sequence[Feed]


IS_CUSTOMER: Domain = [
    ["customer", "=", True],
    "|",
    ["parent_id", "=", False],
    ["type", "=", customers.CONTACT],
]
"""Partners who may buy, but not the addresses of others. (Odoo 13 and later: `customer_rank`.)"""


PLANS = {
    Kind.PRODUCT: Plan(
        mains=((catalog.TEMPLATE, [["type", "in", list(catalog.GOODS)]]),),
        feeds=(
            Feed(model=catalog.TEMPLATE, of=catalog.TEMPLATE),
            Feed(model=catalog.PRODUCT, names="product_tmpl_id", of=catalog.TEMPLATE),
        ),
    ),
    Kind.CUSTOMER: Plan(
        mains=((customers.MODEL, IS_CUSTOMER),),
        feeds=(
            Feed(model=customers.MODEL, of=customers.MODEL),
            Feed(model=customers.MODEL, names="parent_id", of=customers.MODEL),
        ),
    ),
    Kind.LEVEL: Plan(
        mains=((catalog.PRODUCT, [["type", "=", "product"]]),),
        feeds=(
            Feed(model="stock.move", names="product_id", of=catalog.PRODUCT),
            Feed(model="stock.quant", names="product_id", of=catalog.PRODUCT),
            Feed(model=catalog.PRODUCT, of=catalog.PRODUCT),
        ),
    ),
    Kind.ORDER: Plan(
        mains=((sales.MODEL, ()), (tills.MODEL, ())),
        feeds=(
            Feed(model=sales.MODEL, of=sales.MODEL),
            Feed(model=sales.LINE, names="order_id", of=sales.MODEL),
            Feed(model=pickings.MODEL, names="sale_id", of=sales.MODEL),
            Feed(
                model=sales.MOVE,
                names="sale_line_id",
                of=sales.MODEL,
                through=(sales.LINE, "order_id"),
            ),
            Feed(model=tills.MODEL, of=tills.MODEL),
            Feed(model=tills.LINE, names="order_id", of=tills.MODEL),
            Feed(model=tills.PAYMENT, names="pos_statement_id", of=tills.MODEL),
        ),
    ),
    Kind.FULFILLMENT_ORDER: Plan(
        mains=((sales.MODEL, [["picking_ids", "!=", False]]),),
        feeds=(
            Feed(model=pickings.MODEL, names="sale_id", of=sales.MODEL),
            Feed(
                model=sales.MOVE,
                names="picking_id",
                of=sales.MODEL,
                through=(pickings.MODEL, "sale_id"),
            ),
        ),
    ),
}
"""Locations are not here: there are few, and all are read each time. Fulfillment orders are read by
the sales they belong to, since the steps of one sale's work tell of each other."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far one feed is known: up to which id, and until when (by Odoo's clock).

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
        newest = max(self.newest_id, after)
        if len(rows) == requests.PAGE:
            return Cursor(
                newest_id=self.newest_id,
                known_until=self.known_until,
                after=after,
                began_at=began_at,
            )
        return Cursor(newest_id=newest, known_until=began_at)


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull goes on from. *cursors* by feed. *backfill*: the main model that the first,
    complete reading is at, by its place in the plan, and the last id read of it."""

    cursors: dict[str, Cursor]
    backfill: tuple[int, int] | None = None

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


def decode(since: str, plan: Plan) -> Checkpoint | None:
    """Read a checkpoint of ours; None for one that an older version wrote, to begin anew."""
    try:
        found = msgspec.json.decode(since, type=Checkpoint)
    except msgspec.DecodeError:
        return None
    return found if {key(feed) for feed in plan.feeds} == found.cursors.keys() else None


def key(feed: Feed) -> str:
    """Name a feed in a checkpoint."""
    return f"{feed.model}.{feed.names}"


def newest(model: str) -> Search:
    """Ask for the record of *model* that was made last."""
    return Search(model=model, fields=("id",), order="id desc", size=1, context=requests.HIDDEN)


def changed(feed: Feed, cursor: Cursor) -> Search:
    """Ask for what moved since *cursor*, in the order of ids."""
    since = requests.time(cursor.known_until - OVERLAP)
    domain: list[Json] = [
        ["id", ">", cursor.after],
        "|",
        ["id", ">", cursor.newest_id],
        ["write_date", ">=", since],
    ]
    if feed.names != "id":
        domain.append([feed.names, "!=", False])
    return Search(
        model=feed.model,
        fields=(feed.names,),
        domain=domain,
        size=requests.PAGE,
        context=requests.HIDDEN,
    )


def everything(model: str, domain: Domain, after: int, size: int) -> Search:
    """Ask for the ids of the next *size* records of *model*, for the first, complete reading."""
    return Search(
        model=model,
        fields=("id",),
        domain=[*domain, ["id", ">", after]],
        size=size,
        context=requests.HIDDEN,
    )


def named(feed: Feed, rows: Iterable[Row]) -> list[int]:
    """Return the ids that *rows* of a feed name, each once."""
    ids = (row.id if feed.names == "id" else row.link(feed.names) for row in rows)
    return [id for id in dict.fromkeys(ids) if id is not None]


def owners(feed: Feed, ids: Sequence[int]) -> Search | None:
    """Ask for the records that lead from what a feed names to its subjects; None: they are it."""
    if feed.through is None:
        return None
    model, field = feed.through
    domain: Domain = [["id", "in", list(ids)]]
    return Search(model=model, fields=(field,), domain=domain, context=requests.HIDDEN)
