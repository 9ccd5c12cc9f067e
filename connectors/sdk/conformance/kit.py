"""What only the author of a connector knows: ``connectors/<name>/kit.py`` exports it as ``KIT``.

    class _Kit:
        async def fill(self, simulator: Simulator, client: Client) -> None: ...
        def present(self, kind: Kind, simulator: Simulator) -> Collection[str]: ...
        async def arrange(self, way: str, simulator: Simulator, client: Client) -> Command: ...
        def effects(self, command: Command, simulator: Simulator) -> int: ...
        def read(self, sample: Mapping[str, Any]) -> list[Change]: ...
        def order(self, facts: OrderFacts) -> Sequence[list[Change]]: ...
        def tracker(self, facts: TrackerFacts) -> Sequence[list[Change]]: ...

    KIT = _Kit()

Each part is asked for by the claims that need it, and only by those. The kit hands a simulator that
was just made, of the author's own class, and the connector's client of it: hence `Any` here, and
their real classes in ``kit.py``.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import Command
from connectors.sdk.records import Kind


@runtime_checkable
class Fills(Protocol):
    """For pulls, fetches and webhooks of a connector with a simulator."""

    async def fill(self, simulator: Any, client: Any) -> None:
        """Make at least one subject of each kind that is read, and so many of one of them that a
        pull of it takes two pages (make the simulator's pages small where it can).

        Called again it makes more. What it does at the system is what webhooks tell of.
        """


@runtime_checkable
class Knows(Protocol):
    """For pulls of a connector with a simulator."""

    def present(self, kind: Kind, simulator: Any) -> Collection[str]:
        """Name every subject of *kind* that the simulator has, by the ids that records have: read
        from its state, so that what a pull passes over shows."""


@runtime_checkable
class Arranges(Protocol):
    """For commands of a connector with a simulator."""

    async def arrange(self, way: str, simulator: Any, client: Any) -> Command:
        """Make whatever a command (``"create_refund"``) needs, and return one that will succeed.

        Always the same way: performing what it returns must take the same requests every time.
        """

    def effects(self, command: Command, simulator: Any) -> int:
        """Count how often *command* has taken effect: 0 before it, 1 after, 2 when it was doubled.

        Count what adds up (refunds, labels, units put back on a shelf), at the simulator; a state
        that is merely set again would hide a doubling.
        """


@runtime_checkable
class Varies(Protocol):
    """For commands that are carried out in several ways, which take other requests.

    ``ways = {"cancel_order": ("cancel_order", "cancel_order of some lines")}``: each is tried, and
    is what `arrange` is asked for.
    """

    ways: Mapping[str, Sequence[str]]


@runtime_checkable
class Reads(Protocol):
    """For samples, other than webhooks whose body alone says everything."""

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        """Map ``sample["given"]`` as the connector does what comes over the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What an order says, whatever the system's words for it are. *status* None: an ordinary
    order; else a word for it that nobody documents. Units: *unit_price* in major units."""

    id: str | None = None
    status: str | None = None
    is_guest: bool = False
    person: str = "Ada Park"
    title: str = "Canvas Tee"
    currency: str = "USD"
    unit_price: Decimal = Decimal("19.99")
    lines: int = 1
    placed_at: datetime = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)


@runtime_checkable
class StatesOrders(Protocol):
    """For orders that are read."""

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        """State an order of *facts* as the system would, once in every form that it has for them
        (a guest may be null, 0 or ""), and map each as the connector does what comes over the
        wire. Nothing when the system has no way to state them: then the manifest exempts, and
        says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerFacts:
    """What a carrier says of a parcel. *status*: as in OrderFacts, of the parcel and its scan."""

    number: str = "1Z999AA10123456784"
    status: str | None = None
    description: str = "Departed from facility"
    scanned_at: datetime = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)


@runtime_checkable
class StatesTrackers(Protocol):
    """For trackers that are read."""

    def tracker(self, facts: TrackerFacts) -> Sequence[list[Change]]:
        """State a parcel with one scan of *facts*; as `StatesOrders.order` does."""


@runtime_checkable
class Signs(Protocol):
    """For webhooks of a connector without a simulator."""

    def sign(self, body: bytes, secret: str, at: datetime) -> RawDelivery:
        """Send *body* as the system would, signed with *secret* at that time."""


def fills(kit: object | None) -> Fills:
    """Return *kit* as what fills. Raises: AssertionError, as those below do."""
    assert isinstance(kit, Fills), f"{_MISSING} fill"
    return kit


def knows(kit: object | None) -> Knows:
    assert isinstance(kit, Knows), f"{_MISSING} present"
    return kit


def arranges(kit: object | None) -> Arranges:
    assert isinstance(kit, Arranges), f"{_MISSING} arrange and effects"
    return kit


def ways(kit: object | None, command: str) -> Sequence[str]:
    """In how many ways *command* is to be tried: by its name alone unless *kit* says more."""
    return kit.ways.get(command, (command,)) if isinstance(kit, Varies) else (command,)


def reads(kit: object | None) -> Reads:
    assert isinstance(kit, Reads), f"{_MISSING} read"
    return kit


def states_orders(kit: object | None) -> StatesOrders:
    assert isinstance(kit, StatesOrders), f"{_MISSING} order"
    return kit


def states_trackers(kit: object | None) -> StatesTrackers:
    assert isinstance(kit, StatesTrackers), f"{_MISSING} tracker"
    return kit


def signs(kit: object | None) -> Signs:
    assert isinstance(kit, Signs), f"{_MISSING} sign"
    return kit


_MISSING = "kit.py must export KIT, so that what is claimed can be tried: it lacks"
