"""What a caller takes, as the ``Accept`` header says it: by quality, then by how exactly.

    accept = read(request)
    accept.choose(JSON, GRAPHQL)    # the one that the caller would rather have; None when neither

Source: RFC 9110, 12.5.1. The most exact range that fits a type decides its quality; among types of
the same quality those that are named come before those that a wildcard allows, and among these the
one that the caller named first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import Request

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
MIXED = "multipart/mixed"
ANYTHING = "*/*"
REMEMBERED = 64
"""Headers that were read: clients have few, and one is at most as long as a request's head."""


@dataclass(frozen=True, slots=True)
class _Range:
    """``text/*;q=0.5``, and where in the header it stands."""

    media: str
    quality: float
    position: int

    def exactness(self, media: str) -> int:
        """Return how exactly this range names *media*; 0 when it does not."""
        if self.media == media:
            return 3
        if self.media == f"{media.partition('/')[0]}/*":
            return 2
        return 1 if self.media == ANYTHING else 0


@dataclass(frozen=True, slots=True)
class Accept:
    """A header that was read."""

    ranges: tuple[_Range, ...]

    def choose(self, *offers: str) -> str | None:
        """Return the one of *offers* that the caller prefers; of equals the first. None: none."""
        taken = [one for one in offers if self.quality(one) > 0]
        return max(taken, key=self._preference, default=None)

    def quality(self, media: str) -> float:
        """Return how much the caller likes *media*: 0 (not at all) to 1."""
        found = self._find(media)
        return found.quality if found else 0.0

    def names(self, media: str) -> bool:
        """Return whether the caller asks for *media*, and not just for anything."""
        found = self._find(media)
        return found is not None and found.media != ANYTHING and found.quality > 0

    def _find(self, media: str) -> _Range | None:
        fitting = [one for one in self.ranges if one.exactness(media)]
        return max(fitting, key=lambda one: (one.exactness(media), -one.position), default=None)

    def _preference(self, media: str) -> tuple[float, int, int]:
        found = self._find(media)
        assert found
        return found.quality, found.exactness(media), -found.position


def read(request: Request) -> Accept:
    """Return what *request* accepts: anything, when it does not say."""
    return _parse(",".join(request.headers.getlist("accept")))


@lru_cache(maxsize=REMEMBERED)
def _parse(header: str) -> Accept:
    kinds = [kind for kind in header.split(",") if kind.strip()] or [ANYTHING]
    return Accept(tuple(_range(kind, position) for position, kind in enumerate(kinds)))


def _range(text: str, position: int) -> _Range:
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    return _Range(media, _quality(parameters), position)


def _quality(parameters: Sequence[str]) -> float:
    """Return what ``q=`` says: 1 without it; 0 when it is no number of its kind."""
    given = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        quality = float(given)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
