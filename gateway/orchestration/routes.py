"""Routes: who fulfills what, until routing strategies decide it: as the configuration says.

Only orders placed after their connection was activated here are routed: what an old shop had open
before may lie in its warehouse already, and asking twice would send it twice.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.clock import micros, moment
from gateway.settings.configuration import Configuration
from gateway.store.metadata import METADATA
from gateway.store.unit import Unit
from gateway.sync.origins import channel_id

_activations = Table(
    "activations",
    METADATA,
    Column("connection", String(64), primary_key=True),
    Column("activated_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Routes:
    """What the configuration says of who does what."""

    configuration: Configuration

    def location_code(self, channel: str | None) -> str | None:
        """Return the code of the location that fulfills a channel's orders, if one is named."""
        return next(
            (
                entry.fulfill_at
                for name, entry in self.configuration.channels.items()
                if channel_id(name) == channel
            ),
            None,
        )

    def carrier(self, channel: str | None) -> str | None:
        """Return the connection that sells labels for a channel's orders."""
        return next(
            (
                entry.carrier
                for name, entry in self.configuration.channels.items()
                if channel_id(name) == channel
            ),
            None,
        )

    def fulfiller(self, location_code: str) -> str | None:
        """Return the connection that does the work at a location."""
        return self.configuration.fulfiller(location_code)

    def drift(self, location_code: str) -> str:
        """Return what is done where systems count a location's stock otherwise."""
        entry = self.configuration.locations.get(location_code)
        return entry.drift if entry else "leave"


async def activate(unit: Unit, connections: list[str], now: datetime) -> None:
    """Note since when connections are here; the first time counts."""
    if not connections:
        return
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    rows = [{"connection": one, "activated_at": micros(now)} for one in connections]
    await unit.connection.execute(insert(_activations).values(rows).on_conflict_do_nothing())


async def activated_at(unit: Unit, connection: str) -> datetime | None:
    """Return since when *connection* is here."""
    at = await unit.connection.scalar(
        select(_activations.c.activated_at).where(_activations.c.connection == connection)
    )
    return moment(at) if at is not None else None
