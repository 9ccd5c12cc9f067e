"""``gateway connection sync`` and ``backfill``: read what a system holds, now."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from connectors.sdk.records import Kind
from gateway import settings as setting
from gateway.cli import stores
from gateway.cli.connections import Id, find
from gateway.cli.words import err, out
from gateway.clock import utc_now
from gateway.store.unit import Units
from gateway.sync import backfill as backfills
from gateway.sync import origins, pull, retry
from gateway.sync.inbox import Drain
from gateway.sync.origins import Origins
from gateway.sync.pull import Puller
from gateway.systems import egress
from gateway.systems.connections import Connected, Outside, Systems
from gateway.systems.envelopes import Envelopes

Kinds = Annotated[list[Kind] | None, typer.Option("--kind", help="Only this; may be repeated.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One connection, and what its records are read with."""

    units: Units
    systems: Systems
    connected: Connected
    origins: Origins
    envelopes: Envelopes

    @property
    def puller(self) -> Puller:
        return Puller(self.units, self.origins, utc_now)


def sync(
    id: Id,
    kind: Kinds = None,
    retry_: Annotated[
        bool,
        typer.Option("--retry", help="First try again what could not be read."),
    ] = False,
) -> None:
    """Read what changed since the last time."""
    asyncio.run(_sync(id, kind or (), is_retry=retry_))


def backfill(
    id: Id,
    kind: Kinds = None,
    again: Annotated[
        bool, typer.Option("--again", help="From the beginning, also what was read before.")
    ] = False,
) -> None:
    """Read everything, in pages. Interrupted, it goes on where it was."""
    asyncio.run(_backfill(id, kind or (), is_again=again))


async def _sync(id: str, only: Sequence[Kind], *, is_retry: bool) -> None:
    async with _opened(id) as reading:
        if is_retry:
            await _retry(reading)
        for kind in backfills.kinds(reading.connected, only):
            records = await reading.puller.all(reading.connected, kind)
            out.print(f"{id} {kind}: {records} records", markup=False)


async def _retry(reading: Reading) -> None:
    connected = reading.connected
    done = await retry.run(reading.units, connected, reading.origins, utc_now)
    drain = Drain(reading.units, reading.systems, reading.origins, reading.envelopes, utc_now)
    while await drain.step():
        pass
    out.print(
        f"{connected.id}: {done.deliveries} deliveries tried again, {done.subjects} records read "
        f"again, {done.waiting} still cannot be read",
        markup=False,
    )


async def _backfill(id: str, only: Sequence[Kind], *, is_again: bool) -> None:
    async with _opened(id) as reading:
        if is_again:
            async with reading.units.write() as unit:
                await pull.forget(unit, id, pull.BACKFILL)
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        bars: dict[Kind, TaskID] = {}
        with Progress(*columns, console=err) as shown:
            async for one in backfills.run(reading.puller, reading.connected, only):
                if one.kind not in bars:
                    bars[one.kind] = shown.add_task(f"{id} {one.kind}", total=one.total)
                total = one.records if one.completed_at else one.total
                shown.update(bars[one.kind], completed=one.records, total=total)
        for kind in backfills.kinds(reading.connected, only):
            _say_done(reading, kind, is_ours=kind in bars)


def _say_done(reading: Reading, kind: Kind, *, is_ours: bool) -> None:
    what = "read" if is_ours else "another process is reading it"
    out.print(f"{reading.connected.id} {kind}: {what}", markup=False)


@asynccontextmanager
async def _opened(id: str) -> AsyncIterator[Reading]:
    settings = setting.load()
    settings.keys("any")
    configuration = setting.read_file(settings.config)
    async with (
        stores.opened(settings) as units,
        egress.open_session(settings.private_networks) as session,
    ):
        connections = await stores.connections(units, settings, configuration)
        outside = Outside(share=1 / settings.processes)
        systems = Systems(connections, session, outside)
        yield Reading(
            units=units,
            systems=systems,
            connected=find(systems, id),
            origins=origins.from_configuration(configuration),
            envelopes=Envelopes(settings.keys),
        )
