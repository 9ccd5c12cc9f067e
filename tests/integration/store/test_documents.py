"""Documents: whole objects, saved by compare-and-swap on their version."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from gateway.errors import VersionConflict
from gateway.store.documents import ROWS_A_STATEMENT, Documents
from gateway.store.unit import Units, open_units
from tests.integration.store.conftest import NOTES

DEADLINE_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A noun with one of everything that is hard to keep."""

    id: str
    version: int = 1
    title: str = "untitled"
    at: datetime = datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC)
    price: Decimal = Decimal("10.10")
    tags: tuple[str, ...] = ()


notes = Documents(NOTES, Note, lambda one: {"title": one.title})


@pytest.fixture
async def other(units: Units, store_url: str) -> AsyncIterator[Units]:
    """The same store, opened by another process."""
    opened = open_units(store_url)
    yield opened
    await opened.close()


async def save(units: Units, *documents: Note) -> None:
    async with units.write() as unit:
        await notes.save(unit, documents)


async def kept(units: Units, *ids: str) -> dict[str, Note]:
    async with units.read() as unit:
        return await notes.by_ids(unit, ids)


async def titles(units: Units) -> Sequence[str]:
    async with units.read() as unit:
        return (await unit.connection.scalars(select(NOTES.c.title).order_by(NOTES.c.id))).all()


async def test_a_document_comes_back_equal(units: Units) -> None:
    """To the microsecond and the trailing zero, whatever the text."""
    one = Note(id="a", title="naïve ☂ 𝄞", price=Decimal("0.30"), tags=("", "nul \x00", '"\\'))
    await save(units, one)
    assert await kept(units, "a") == {"a": one}


async def test_only_documents_that_exist_are_found(units: Units) -> None:
    """Asked for twice, or not there."""
    one = Note(id="a")
    await save(units, one)
    assert await kept(units, "b", "a", "a") == {"a": one}
    assert await kept(units) == {}


async def test_a_later_version_takes_the_place_of_the_one_before(units: Units) -> None:
    """The columns beside it follow."""
    await save(units, Note(id="a"), Note(id="b"))
    await save(units, Note(id="a", version=2, title="new"))
    assert (await kept(units, "a"))["a"] == Note(id="a", version=2, title="new")
    assert await titles(units) == ["new", "untitled"]


@pytest.mark.parametrize("version", [1, 2, 4])
async def test_a_version_that_does_not_follow_is_a_conflict(units: Units, version: int) -> None:
    """Made again, saved by somebody faster, or from the future: nothing changes."""
    await save(units, Note(id="a"))
    await save(units, Note(id="a", version=2, title="kept"))
    with pytest.raises(VersionConflict):
        await save(units, Note(id="a", version=version, title="late"))
    assert await kept(units, "a") == {"a": Note(id="a", version=2, title="kept")}


@pytest.mark.parametrize("late", [Note(id="b"), Note(id="b", version=3)])
async def test_one_conflict_keeps_all_of_the_save_away(units: Units, late: Note) -> None:
    """Beside documents that are new and documents that would follow."""
    before = [Note(id="a"), Note(id="b")]
    await save(units, *before)
    with pytest.raises(VersionConflict):
        await save(units, Note(id="a", version=2), late, Note(id="c"))
    assert await kept(units, "a", "b", "c") == {one.id: one for one in before}


async def test_of_writers_at_once_one_wins(units: Units, other: Units) -> None:
    """Eight from the same version, in two processes: seven conflicts, one document."""
    await save(units, Note(id="a"))
    written = [Note(id="a", version=2, title=f"by {number}") for number in range(8)]
    works = [save(one, note) for note, one in zip(written, [units, other] * 4, strict=True)]
    ends = await asyncio.gather(*works, return_exceptions=True)
    [winner] = [note for note, end in zip(written, ends, strict=True) if end is None]
    assert sum(isinstance(end, VersionConflict) for end in ends) == 7
    assert await kept(units, "a") == {"a": winner}


async def test_of_makers_at_once_one_wins(units: Units, other: Units) -> None:
    """The same id, new, in two processes."""
    made = [Note(id="a", title=f"by {number}") for number in range(8)]
    works = [save(one, note) for note, one in zip(made, [units, other] * 4, strict=True)]
    ends = await asyncio.gather(*works, return_exceptions=True)
    [winner] = [note for note, end in zip(made, ends, strict=True) if end is None]
    assert sum(isinstance(end, VersionConflict) for end in ends) == 7
    assert await kept(units, "a") == {"a": winner}


async def test_writers_of_the_same_documents_in_any_order_do_not_deadlock(
    units: Units, other: Units
) -> None:
    """Two, who name 40 documents from either end: one of them wins each time, at once."""
    names = [f"{number:02}" for number in range(40)]
    await save(units, *(Note(id=name) for name in names))
    for version in range(2, 12):
        some = [Note(id=name, version=version) for name in names]
        async with asyncio.timeout(DEADLINE_S):
            ends = await asyncio.gather(
                save(units, *some), save(other, *some[::-1]), return_exceptions=True
            )
        assert sorted(type(end).__name__ for end in ends) == ["NoneType", "VersionConflict"]


async def test_more_documents_than_a_statement_takes(units: Units) -> None:
    """Saved and found in several."""
    many = [Note(id=f"{number:05}") for number in range(2 * ROWS_A_STATEMENT + 1)]
    await save(units, *many)
    assert await kept(units, *(one.id for one in many)) == {one.id: one for one in many}
