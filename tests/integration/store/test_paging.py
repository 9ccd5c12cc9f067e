"""Keyset paging: every row once, whichever way one reads and whatever arrives meanwhile."""

from collections.abc import Sequence

import pytest
from sqlalchemy import insert, select

from gateway.store.paging import Keyset, Position, Slice
from gateway.store.unit import Units
from tests.integration.store.conftest import NOTES

ROWS = [("a", 5), ("b", 3), ("c", 3), ("d", 3), ("e", 1), ("f", 7), ("g", 7), ("h", 0)]
NEWEST = "gfadcbeh"
"""By version descending, then by id descending."""


@pytest.fixture
async def units(units: Units) -> Units:
    """A store with ROWS in it."""
    async with units.write() as unit:
        rows = [{"id": id, "version": version, "document": "{}"} for id, version in ROWS]
        await unit.connection.execute(insert(NOTES), rows)
    return units


def keyset(*, ascending: bool = False) -> Keyset:
    return Keyset(NOTES.c.version, NOTES.c.id, ascending=ascending)


def at(id: str) -> Position:
    return Position(sort=dict(ROWS)[id], id=id)


async def page(units: Units, order: Keyset, slice: Slice) -> str:
    """Return the ids of the page as one word, turned round when counted from the end."""
    async with units.read() as unit:
        found: Sequence[str] = (
            await unit.connection.scalars(order.cut(select(NOTES.c.id), slice))
        ).all()
    return "".join(found[::-1] if slice.from_end else found)


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 8, 9])
async def test_pages_joined_are_the_list_either_way(
    units: Units, limit: int, ascending: bool
) -> None:
    """Rows of the same sort value are told apart by their id."""
    order = keyset(ascending=ascending)
    forwards = backwards = ""
    while some := await page(
        units, order, Slice(limit=limit, after=at(forwards[-1]) if forwards else None)
    ):
        forwards += some
    while some := await page(
        units,
        order,
        Slice(limit=limit, before=at(backwards[0]) if backwards else None, from_end=True),
    ):
        backwards = some + backwards
    expected = NEWEST[::-1] if ascending else NEWEST
    assert (forwards, backwards) == (expected, expected)


async def test_a_page_lies_between_its_bounds(units: Units) -> None:
    """Neither bound is in it."""
    inside = Slice(limit=9, after=at("g"), before=at("e"))
    assert await page(units, keyset(), inside) == "fadcb"
    assert await page(units, keyset(), Slice(limit=2, after=at("g"), from_end=True)) == "eh"


async def test_rows_that_arrive_move_no_page(units: Units) -> None:
    """Newer ones, and one in the very place of the cursor's row, which is gone."""
    first = await page(units, keyset(), Slice(limit=3))
    async with units.write() as unit:
        await unit.connection.execute(NOTES.delete().where(NOTES.c.id == first[-1]))
        new = {"z": 9, "y": 4}
        rows = [{"id": id, "version": version, "document": "{}"} for id, version in new.items()]
        await unit.connection.execute(insert(NOTES), rows)
    assert await page(units, keyset(), Slice(limit=3, after=at(first[-1]))) == "ydc"
