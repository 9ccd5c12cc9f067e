"""Source links in SQL: (connection, kind, external id) -> our noun."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Column, Index, String, Table, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from gateway.domain.identity.model import Source
from gateway.store.metadata import METADATA, Word, fit
from gateway.store.unit import Unit

ROWS_A_STATEMENT = 400

LONGEST_EXTERNAL_ID = 255

links = Table(
    "source_links",
    METADATA,
    Column("connection", String(64), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("external_id", Word(LONGEST_EXTERNAL_ID), primary_key=True),
    Column("system", String(64), nullable=False),
    Column("noun_id", String(48), nullable=False),
    Index("ix_source_links_noun", "noun_id"),
    Index("ix_source_links_system", "system", "external_id"),
)


async def find(
    unit: Unit, connection: str, kind: str, external_ids: Iterable[str]
) -> dict[str, str]:
    """Return our ids by external id, for those that are linked."""
    asked = {fit(one, LONGEST_EXTERNAL_ID): one for one in external_ids}
    wanted = sorted(asked)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), ROWS_A_STATEMENT):
        rows = await unit.connection.execute(
            select(links.c.external_id, links.c.noun_id).where(
                links.c.connection == connection,
                links.c.kind == kind,
                links.c.external_id.in_(wanted[start : start + ROWS_A_STATEMENT]),
            )
        )
        found.update({asked[row.external_id]: row.noun_id for row in rows})
    return found


async def find_in_system(unit: Unit, system: str, external_id: str, kind: str) -> list[str]:
    """Return our ids of what any connection of *system* calls *external_id*."""
    rows = await unit.connection.execute(
        select(links.c.noun_id)
        .where(links.c.system == system, links.c.external_id == external_id)
        .where(links.c.kind == kind)
        .order_by(links.c.connection)
    )
    return [row.noun_id for row in rows]


async def external_ids(
    unit: Unit, connection: str, kind: str, noun_ids: Iterable[str]
) -> dict[str, str]:
    """Return what *connection* calls our nouns, by our id."""
    rows = await unit.connection.execute(
        select(links.c.noun_id, links.c.external_id)
        .where(links.c.noun_id.in_(sorted(set(noun_ids))))
        .where(links.c.connection == connection, links.c.kind == kind)
        .order_by(links.c.external_id.desc())
    )
    return {row.noun_id: row.external_id for row in rows}


async def add(unit: Unit, pairs: Sequence[tuple[str, Source]]) -> None:
    """Link sources to nouns; what is linked stays linked to what it was."""
    rows = [_row(noun_id, source) for noun_id, source in pairs]
    await add_rows(unit, rows)


async def add_rows(unit: Unit, rows: Sequence[Mapping[str, str]]) -> None:
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    for start in range(0, len(rows), ROWS_A_STATEMENT):
        some = list(rows[start : start + ROWS_A_STATEMENT])
        await unit.connection.execute(insert(links).values(some).on_conflict_do_nothing())


async def remove(unit: Unit, keys: Sequence[tuple[str, str, str]]) -> None:
    """Forget links, by (connection, kind, external id): the subjects are gone at their source, or
    are other nouns now."""
    key = tuple_(links.c.connection, links.c.kind, links.c.external_id)
    for start in range(0, len(keys), ROWS_A_STATEMENT):
        some = keys[start : start + ROWS_A_STATEMENT]
        await unit.connection.execute(links.delete().where(key.in_(some)))


def _row(noun_id: str, source: Source) -> dict[str, str]:
    return {
        "connection": source.connection,
        "kind": source.kind,
        "external_id": source.external_id,
        "system": source.system,
        "noun_id": noun_id,
    }
