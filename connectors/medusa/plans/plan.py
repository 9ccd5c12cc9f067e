"""What a plan is: one command's way, from what is to what shall be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.medusa.mapping import Node
from connectors.medusa.requests import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Send *call*. With *is_last* the command is then done, whatever happens afterwards: looking
    again to find out could mistake what others did since for work left to do."""

    call: Call
    is_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Nothing is left to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Orders and inventory items, by id, that a command has changed."""

    orders: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


class Plan(Protocol):
    """Every plan holds its command and no state: what was done is read from the shop."""

    def look(self, seen: Sequence[Node]) -> Call | None:
        """Name the next thing to read, given the answers *seen*; None when all is known.

        Raises: Rejected, Unsupported, before anything is sent, for what can never be done.
        """

    def decide(self, seen: Sequence[Node]) -> Do | Done:
        """Name the next step. Raises: Rejected, Conflict, Missing."""

    def touched(self, seen: Sequence[Node]) -> Touched:
        """Name what is to be read again afterwards."""

    def made(self, seen: Sequence[Node]) -> str | None:
        """Return the id of what the command made, where it made something."""
