"""Following parcels: carriers that only answer when they are asked are asked about each that is on
its way.

A shop states a number and whose it is; the connection whose manifest says that it ``carries`` for
that name is asked, again and again until the parcel has arrived.
"""

from connectors.sdk.http import LANE
from connectors.sdk.records import Kind
from gateway.clock import Clock
from gateway.domain.fulfillment import repository
from gateway.domain.fulfillment.deliveries import Delivery
from gateway.store.unit import Unit, Units
from gateway.sync import ingest, reread
from gateway.sync.origins import Origins
from gateway.systems.connections import Connected

PAGE = 500
"""Open deliveries looked at in one statement."""


def is_followed(connected: Connected) -> bool:
    """True for a carrier that can be asked by number, and knows whose parcels are its own."""
    return bool(connected.manifest.carries) and connected.can_fetch(Kind.TRACKER)


class Follower:
    """Asks one carrier about its parcels."""

    def __init__(self, units: Units, origins: Origins, clock: Clock) -> None:
        self._units = units
        self._origins = origins
        self._clock = clock

    async def run(self, connected: Connected) -> int:
        """Ask about every parcel of *connected* that is on its way; return how many there are.

        Raises: the errors of `Fetches.fetch`. After a crash: what was read is kept, page by page.
        """
        lane = LANE.set("sync")
        try:
            asked, after = 0, ""
            while page := await self._open(after):
                theirs = [one for one in page if _is_carried_by(connected, one)]
                await self._ask(connected, theirs)
                asked, after = asked + len(theirs), page[-1].id
            return asked
        finally:
            LANE.reset(lane)

    async def _open(self, after: str) -> list[Delivery]:
        async with self._units.read() as unit:
            return await repository.open_deliveries(unit, after, PAGE)

    async def _ask(self, connected: Connected, parcels: list[Delivery]) -> None:
        if not parcels:
            return
        numbers = {(Kind.TRACKER, one.tracking_number) for one in parcels}
        changes = await reread.fetch(connected, numbers)

        async def take_in(unit: Unit) -> None:
            await ingest.apply(unit, changes, self._origins(connected), self._clock())

        await ingest.commit(self._units, take_in)


def _is_carried_by(connected: Connected, parcel: Delivery) -> bool:
    return (parcel.carrier or "").strip().lower() in connected.manifest.carries
