"""Documents that were decoded before."""

from dataclasses import dataclass

from gateway.store.codec import Remembered


@dataclass(frozen=True, slots=True)
class Note:
    title: str


@dataclass(frozen=True, slots=True)
class Memo:
    title: str


def text(title: str) -> str:
    return f'{{"title":"{title}"}}'


def test_the_same_text_gives_the_same_object() -> None:
    """And a text that differs another."""
    remembered = Remembered()
    first = remembered.decode(Note, text("a"))
    assert Note("a") == first
    assert remembered.decode(Note, text("a")) is first
    assert Note("b") == remembered.decode(Note, text("b"))


def test_one_text_of_two_types_is_two_objects() -> None:
    """What a text means depends on what it is read as."""
    remembered = Remembered()
    assert [Note("a"), Memo("a")] == [remembered.decode(one, text("a")) for one in (Note, Memo)]


def test_what_was_not_read_for_longest_is_forgotten_first() -> None:
    """The texts that are kept are no longer than the limit, all together."""
    remembered = Remembered(limit=3 * len(text("a")))
    kept = remembered.decode(Note, text("a"))
    dropped = remembered.decode(Note, text("b"))
    for title in "cad":
        remembered.decode(Note, text(title))
    assert remembered.characters == 3 * len(text("a"))
    assert remembered.decode(Note, text("a")) is kept
    assert remembered.decode(Note, text("b")) is not dropped


def test_a_text_beyond_the_limit_is_decoded_and_not_kept() -> None:
    """One huge document does not fill the memory."""
    remembered = Remembered(limit=5)
    assert Note("long") == remembered.decode(Note, text("long"))
    assert 0 == remembered.characters
