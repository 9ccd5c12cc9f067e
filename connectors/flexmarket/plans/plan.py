"""What a plan is: one command's way, from what is to what shall be."""

from dataclasses import dataclass, field
from typing import Protocol

from connectors.flexmarket.mapping import Shop
from connectors.flexmarket.requests import Ask
from connectors.flexmarket.row import Row
from connectors.sdk.changes import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What was read to decide on: as much of it as the command is about, None for what is not
    there.

    *order* is the seller's, *parent* the shopper's whole order, read with the staff's token alone.
    """

    shop: Shop
    order: Row | None = None
    parent: Row | None = None
    returned: Row | None = None
    stock: Row | None = None
    movements: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Send *ask*. With *is_last* the command is then done, whatever is read afterwards: that could
    mistake what others did since for work left to do."""

    ask: Ask
    is_last: bool = False


class Plan(Protocol):
    """Every plan holds its command and no state: what was done is read from the marketplace."""

    @property
    def needs_staff(self) -> bool:
        """Whether the command cannot be carried out with the seller's token alone."""

    def require(self) -> None:
        """Raise Rejected for what can never be done, before anything is sent."""

    def decide(self, state: State) -> Do | None:
        """Name the next step; None when all is done. Raises: Rejected, Conflict, Missing."""

    def report(self, state: State) -> list[Change]:
        """Return the records as they are in *state*."""

    def made(self, state: State) -> str | None:
        """Return the id of what the command is about or made."""
