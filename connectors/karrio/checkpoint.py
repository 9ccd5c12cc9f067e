"""Where a pull stands. Pure.

karrio's lists cannot be asked for what changed since a time, and a tracker states no time of its
own. So a pass reads all that is open, and remembers which those were: what was open last time and
is not any more has ended in between, and is read once more, by its id.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

import msgspec

from connectors.sdk.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """*began*: when the last pass began. *open_ids*: what it saw open. *offset*: where to go on
    with the first pass, which reads everything; None once it is through."""

    began: datetime
    open_ids: tuple[str, ...] = ()
    offset: int | None = None

    def dump(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def load(cls, text: str) -> Self:
        """Raises: Malformed when it is none of ours."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise Malformed(f"checkpoint: {error}") from error
