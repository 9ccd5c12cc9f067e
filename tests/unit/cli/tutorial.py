"""Pages whose commands are run and whose changes are made, as somebody who reads them would.

A ``console`` block holds commands after ``$``, each with what it says, ``...`` being any lines. A
``diff`` block names files after ``+++`` and holds hunks after ``@@``, found by their text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(console|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COUNTS = re.compile(r"\d+ (of|cases?|hold|passed|files)\b|\d+\.\d+s|\.py:\d+")
"""What grows with the kit, with the template, or with the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is typed, and what it is to say."""

    line: str
    says: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A file, and which text gives way to which: no text at all in a file that is new."""

    file: str
    hunks: list[tuple[str, str]]

    def make(self, folder: Path) -> None:
        """Raises: AssertionError when the page does not fit the file."""
        path = folder / self.file
        text = path.read_text() if path.exists() else ""
        for old, new in self.hunks:
            assert old if text else not old, f"{self.file}: a hunk without context"
            assert not old or text.count(old) == 1, f"{self.file} has {text.count(old)} of:\n{old}"
            text = text.replace(old, new) if old else new
        path.write_text(text)


def steps(page: str) -> Iterator[Command | Change]:
    """Give what is to be done, in the order of the page."""
    for sort, block in _BLOCK.findall(page):
        if sort == "diff":
            yield from map(_change, re.split(r"^\+\+\+ ", block, flags=re.MULTILINE)[1:])
        else:
            yield from map(_command, re.split(r"^\$ ", block, flags=re.MULTILINE)[1:])


def _command(text: str) -> Command:
    line, *says = text.splitlines()
    return Command(line=line, says=says)


def _change(text: str) -> Change:
    file, _, rest = text.partition("\n")
    hunks = [part.splitlines() for part in re.split(r"^@@\n", rest, flags=re.MULTILINE)[1:]]
    return Change(file=file, hunks=[(_side(one, "-"), _side(one, "+")) for one in hunks])


def _side(hunk: list[str], sign: str) -> str:
    """The lines that are there before (``-``) or after (``+``)."""
    return "".join(f"{line[1:]}\n" for line in hunk if line[:1] in ("", " ", sign))


def is_said(said: list[str], wanted: list[str]) -> bool:
    """Say whether *said* is what the page shows, numbers of rules apart."""
    parts = [".*" if line == "..." else re.escape(_plain(line)) for line in wanted]
    whole = "\n".join(map(_plain, said))
    return bool(re.fullmatch("\n".join(parts).replace(".*\n", "(.*\n)?"), whole, re.DOTALL))


def _plain(line: str) -> str:
    return _COUNTS.sub(r"# \1", line.rstrip())
