"""Where a fact was seen. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from connectors.sdk.records import KIND_OF, Kind, Record
from gateway.domain.identity.skus import SAME, SkuMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A connection, as far as the domain cares: ``Origin(connection="shop-us", system="shopify")``.

    *rank* orders those who state the same fact: a lower number is believed first (a warehouse
    counts stock, a shop only shows it). *channel_id* is the sales channel its orders belong to.
    *skus*: what it calls by other SKUs than we do.
    """

    connection: str
    system: str
    rank: int = 0
    channel_id: str | None = None
    skus: SkuMap = SAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One object in one connected system, and when we last read it with a change.

    *revised_at* is as of when the facts hold, *fetched_at* when they were read here.
    """

    system: str
    connection: str
    kind: Kind
    external_id: str
    revised_at: datetime
    fetched_at: datetime
    url: str | None = None

    @property
    def key(self) -> tuple[str, Kind, str]:
        return (self.connection, self.kind, self.external_id)


def source_of(record: Record, origin: Origin, fetched_at: datetime) -> Source:
    """Return where *record* was seen."""
    return Source(
        system=origin.system,
        connection=origin.connection,
        kind=KIND_OF[type(record)],
        external_id=record.external_id,
        revised_at=record.revised_at,
        fetched_at=fetched_at,
        url=getattr(record, "url", None),
    )


def is_news(held: Record | None, stated: Record) -> bool:
    """True when *stated* says something that *held* does not, and is not older.

    The time alone is no news. Of two statements of the same moment the later to arrive wins:
    many systems tell only whole seconds.
    """
    if held is None:
        return True
    if stated.revised_at < held.revised_at:
        return False
    return replace(stated, revised_at=held.revised_at) != held
