"""What a plan is: one command's way, from what is to what shall be."""

from dataclasses import dataclass
from typing import Protocol

from connectors.sdk.changes import Change
from connectors.vendure.mapping import Node, Reading
from connectors.vendure.requests import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Send *call*. With *is_last* the command is then done, whatever happens afterwards: looking
    again to find out could mistake what others did since for work left to do."""

    call: Call
    is_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Nothing is left to do."""


class Plan(Protocol):
    """Every plan holds its command and no state: what was done is read from the shop."""

    def look(self) -> Call:
        """Ask for the state to decide on.

        Raises: Rejected, Unsupported, before anything is sent, for what can never be done.
        """

    def decide(self, root: Node, reading: Reading) -> Do | Done:
        """Name the next step. Raises: Rejected, Conflict, Missing."""

    def report(self, root: Node, reading: Reading) -> list[Change]:
        """Return the records as they are in the state last read."""

    def made(self, root: Node) -> str | None:
        """Return the id of what the command made, where it made something."""
