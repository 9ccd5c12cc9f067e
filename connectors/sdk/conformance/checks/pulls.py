"""Pulls: bounded, resumable after any page and any failure, and no change lost."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors.sdk.changes import Change, Page, Unreadable
from connectors.sdk.conformance import claims, shape
from connectors.sdk.conformance.stage import (
    HASTY,
    PATIENT,
    Clock,
    NewStage,
    Stage,
    changes_of,
    staging,
)
from connectors.sdk.conformance.subject import Client, Subject
from connectors.sdk.conformance.trouble import GARBLED, TROUBLES, told
from connectors.sdk.errors import ConnectorError, Unavailable
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Bounds
from connectors.sdk.records import KIND_OF, Kind

MOST_CHANGES = 250
"""Source: capabilities.Pulls."""
MOST_TRIES = 12
"""Pages, or requests, after which a pull is broken off: enough to meet every sort of them."""
LONG = timedelta(days=1)
"""More than any overlap, on top of it."""

Key = tuple[Kind, str]


def by_id(changes: Iterable[Change]) -> dict[Key, Any]:
    """Records by kind and id, without the time that they are as of."""
    return {
        (KIND_OF[type(one)], one.external_id): replace(one, revised_at=None)
        for one in shape.records(changes)
    }


async def check_the_kit_fills_enough(subject: Subject) -> None:
    """KIT.fill must make every kind, two pages of one, and more of something when called again."""
    async with staging(subject) as new_stage:
        stage = new_stage()
        await stage.fill()
        first = {kind: await stage.pull(kind) for kind in claims.pulled(subject)}
        before = {kind: by_id(changes_of(pages)) for kind, pages in first.items()}
        made = {kind for records in before.values() for kind, _ in records}
        lacking = [one for one in subject.manifest.reads if one not in made]
        assert not lacking, f"KIT.fill must make at least one of each: {', '.join(lacking)}"
        assert max(len(pages) for pages in first.values()) > 1, (
            "KIT.fill must make so many of one kind that a pull of it takes two pages"
        )
        await stage.fill()
        after = {kind: by_id(changes_of(await stage.pull(kind))) for kind in first}
        assert after != before, "KIT.fill must make more when it is called again"


async def check_every_request_goes_through_the_door(subject: Subject) -> None:
    """Everything must be sent through the Http that open was handed, which bounds and counts it."""
    async with staging(subject) as new_stage:
        stage = new_stage()
        await stage.client.check()
        for kind in claims.pulled(subject):
            await stage.pull(kind)
        assert stage.arrived == stage.gate.entered, (
            f"requests must go through the door: {stage.arrived} came, {stage.gate.entered} did"
        )


async def check_pages_are_bounded_and_sound(subject: Subject, kind: Kind) -> None:
    """A pull must give pages of at most 250 changes, as the sdk declares them, and checkpoints."""
    async with staging(subject) as new_stage:
        stage = new_stage()
        await stage.fill()
        pages = await stage.pull(kind)
        shape.require_pages(pages)
        most = max(len(page.changes) for page in pages)
        assert most <= MOST_CHANGES, f"a page must hold at most 250 changes; one has {most}"
        changes = changes_of(pages)
        shape.require_readable(changes)
        shape.require_sound(changes)
        assert shape.ids(kind, changes), f"a pull of {kind} must give records of that kind"


async def check_a_pull_gives_everything(subject: Subject, kind: Kind) -> None:
    """A pull from nothing must give every subject that there is."""
    async with staging(subject) as new_stage:
        stage = await _aged(subject, new_stage, kind)
        found = shape.ids(kind, changes_of(await stage.pull(kind)))
        missed = sorted(stage.present(kind) - set(found))
        assert not missed, f"a pull of {kind} must give all there is; it misses {missed[:5]}"


async def check_a_pull_resumes_after_any_page(subject: Subject, kind: Kind) -> None:
    """A pull that begins with any page's checkpoint must lose nothing that came after it."""
    async with staging(subject) as new_stage:
        stage = await _aged(subject, new_stage, kind)
        pages = await stage.pull(kind)
        for place, page in enumerate(pages[:MOST_TRIES]):
            rest = await stage.pull(kind, page.checkpoint)
            _require_all(pages, [*pages[: place + 1], *rest], f"begun after page {place + 1}")


async def check_a_pull_that_fails_loses_nothing(subject: Subject, kind: Kind) -> None:
    """A pull whose every request may fail must say so, and go on from the last page that came."""
    async with staging(subject) as new_stage:
        stage = await _aged(subject, new_stage, kind, HASTY)
        before = stage.arrived
        pages, _ = await _until_it_fails(stage.open({}), kind)
        for place in range(min(stage.arrived - before, MOST_TRIES)):
            stage.simulator.faults.plan(Planned(fault=Fault.SERVER_ERROR, after=place))
            came, error = await _until_it_fails(stage.open({}), kind)
            where = f"broken off at request {place + 1}"
            assert isinstance(error, Unavailable), (
                f"a pull {where} must raise Unavailable; it raises {error!r}"
            )
            rest = await stage.pull(kind, came[-1].checkpoint if came else None)
            _require_all(pages, [*came, *rest], where)


async def _until_it_fails(client: Client, kind: Kind) -> tuple[list[Page], ConnectorError | None]:
    """What a client that has seen nothing yet gives until a request fails, and how it fails."""
    came: list[Page] = []
    try:
        async for page in client.pull(kind, None):
            came.append(page)  # noqa: PERF401 (what came before the failure is what counts)
    except ConnectorError as error:
        return came, error
    return came, None


def _require_all(wanted: list[Page], found: list[Page], how: str) -> None:
    lost = by_id(changes_of(wanted)).keys() - by_id(changes_of(found)).keys()
    assert not lost, f"a pull {how} must lose nothing; it loses {_shown(lost)}"


async def check_one_bad_record_holds_up_no_other(subject: Subject, kind: Kind) -> None:
    """A record that breaks the system's own contract must be Unreadable, and the rest must come."""
    async with staging(subject) as new_stage:
        stage = await _aged(subject, new_stage, kind, HASTY)
        before = stage.arrived
        whole = set(shape.ids(kind, changes_of(await stage.pull(kind))))
        told_of = 0
        for place in range(min(stage.arrived - before, MOST_TRIES)):
            stage.simulator.faults.plan(Planned(fault=Fault.BAD_RECORD, after=place))
            pages, _ = await _until_it_fails(stage.open({}), kind)
            changes = changes_of(pages)
            aside = [one for one in changes if isinstance(one, Unreadable)]
            others = len(whole & set(shape.ids(kind, changes)))
            told_of += bool(aside) and (others > 0 or len(whole) == 1)
        assert told_of, (
            f"one bad {kind} must be given as Unreadable, and the rest of its page go on"
        )


async def check_a_pull_bears_a_clock_that_is_late(subject: Subject, kind: Kind) -> None:
    """A pull must lose nothing when the system's clock is behind ours by half the overlap."""
    late = timedelta(seconds=subject.manifest.reads[kind].overlap_s / 2)
    async with staging(subject) as new_stage:
        stage = new_stage(began=-late)
        first = await stage.pull(kind)
        await stage.fill()
        wanted = by_id(changes_of(await stage.pull(kind))).keys()
        found = by_id(changes_of(await stage.pull(kind, first[-1].checkpoint))).keys()
        assert wanted <= found, (
            f"a pull must bear a clock that is {late.total_seconds():.0f} s late; it misses "
            f"{_shown(wanted - found)}"
        )


async def check_a_later_pull_gives_what_changed(subject: Subject, kind: Kind) -> None:
    """A pull from the last checkpoint must give all that changed since, as it is now."""
    async with staging(subject) as new_stage:
        stage = await _aged(subject, new_stage, kind)
        first = await stage.pull(kind)
        await stage.fill()
        before, after = by_id(changes_of(first)), by_id(changes_of(await stage.pull(kind)))
        changed = {key: one for key, one in after.items() if before.get(key) != one}
        found = by_id(changes_of(await stage.pull(kind, first[-1].checkpoint)))
        missed = [key for key, one in changed.items() if found.get(key) != one]
        assert not missed, f"a later pull must give what changed; it misses {_shown(missed)}"


async def check_a_later_pull_gives_only_the_overlap(subject: Subject, kind: Kind) -> None:
    """A pull that follows changes must not give again what was long ago, and never changed."""
    async with staging(subject) as new_stage:
        stage = await _aged(subject, new_stage, kind)
        first = await stage.pull(kind)
        await stage.fill()
        second = await stage.pull(kind, first[-1].checkpoint)
        third = by_id(changes_of(await stage.pull(kind, second[-1].checkpoint)))
        before, after = by_id(changes_of(first)), by_id(changes_of(await stage.pull(kind)))
        same = {key for key, one in before.items() if after.get(key) == one}
        again = third.keys() & same if after != before else set()
        assert not again, f"a pull must follow changes; it gives again {_shown(again)}"


async def _aged(
    subject: Subject, new_stage: NewStage, kind: Kind, bounds: Bounds = PATIENT
) -> Stage:
    """A stage on which all that is there has not changed for longer than any overlap."""
    overlap = timedelta(seconds=subject.manifest.reads[kind].overlap_s)
    stage = new_stage(bounds, began=-overlap - LONG)
    await stage.fill()
    stage.clock.now = Clock().now
    return stage


def _shown(keys: Iterable[Key]) -> str:
    return ", ".join(f"{kind} {external_id}" for kind, external_id in sorted(keys)[:5])


async def check_trouble_while_pulling_is_told_apart(subject: Subject, kind: Kind) -> None:
    """A pull must raise what the caller acts on: whom to tell, how long to wait, what to keep."""
    async with staging(subject) as new_stage:
        stage = new_stage(HASTY)
        for trouble in (*TROUBLES, GARBLED):
            stage.simulator.faults.plan(Planned(fault=trouble.fault))
            trouble.require("a pull", await told(lambda: stage.pull(kind)))
