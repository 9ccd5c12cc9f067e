"""Text from outside: whatever it holds, both databases keep it and find it again."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Column, MetaData, Table, insert, select

from gateway.store.metadata import Prose, Word
from gateway.store.unit import Units

WORDS = Table(
    "words",
    MetaData(),
    Column("word", Word(32), primary_key=True),
    Column("sorted", Word(32, bytewise=True)),
    Column("prose", Prose),
)
HARD = {
    "nul": "a\x00b",
    "half of a pair": "a\ud800b",
    "many bytes": "☂" * 32,
    "too long": "x" * 33,
    "too long, another end": "x" * 33 + "y",
    "too long and no ASCII": "☂" * 4000,
    "empty": "",
}


@pytest.fixture
async def units(units: Units) -> Units:
    """A store with each of HARD, in every column."""
    rows = [{"word": text, "sorted": text, "prose": text} for text in HARD.values()]
    async with units.write() as unit:
        await unit.connection.run_sync(WORDS.create)
        await unit.connection.execute(insert(WORDS), rows)
    return units


async def prose(units: Units, *conditions: object) -> Sequence[str]:
    async with units.read() as unit:
        return (await unit.connection.scalars(select(WORDS.c.prose).where(*conditions))).all()  # type: ignore[arg-type]


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
@pytest.mark.parametrize("column", [WORDS.c.word, WORDS.c.sorted], ids=["word", "sorted"])
async def test_a_word_is_found_by_itself_and_by_no_other(
    units: Units, column: Column[str], text: str
) -> None:
    """Alone and in a list; prose of any length is there, but for what PostgreSQL refuses."""
    shown = text.replace("\x00", "\ufffd").replace("\ud800", "?")
    assert await prose(units, column == text) == [shown]
    assert await prose(units, column.in_([text, "nothing"])) == [shown]


async def test_the_beginning_of_a_word_is_a_range(units: Units) -> None:
    """Byte by byte, as `order_terms` are searched."""
    beginning = (WORDS.c.sorted >= "xxx", WORDS.c.sorted < "xxx\uffff")
    assert sorted(await prose(units, *beginning)) == ["x" * 33, "x" * 33 + "y"]
