"""A table of this folder's own: the tests here are about the store, not about a noun."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, select

from gateway.store.unit import Units

NOTES = Table(
    "notes",
    MetaData(),
    Column("id", String(48), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title", String(80)),
    Column("document", Text, nullable=False),
)


@pytest.fixture
async def units(units: Units) -> Units:
    """A store that has NOTES."""
    async with units.write() as unit:
        await unit.connection.run_sync(NOTES.create)
    return units


def note(id: str) -> dict[str, object]:
    """A row of NOTES."""
    return {"id": id, "version": 1, "document": "{}"}


async def ids(units: Units) -> Sequence[str]:
    """Return the ids of all notes, in order."""
    async with units.read() as unit:
        return (await unit.connection.scalars(select(NOTES.c.id).order_by(NOTES.c.id))).all()
