"""Fetches: what is asked for, now; what is not there is Removed."""

from connectors.sdk.changes import Removed
from connectors.sdk.conformance import claims, shape
from connectors.sdk.conformance.checks.pulls import by_id
from connectors.sdk.conformance.specimens import NOBODY
from connectors.sdk.conformance.stage import HASTY, Stage, changes_of, staging
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.conformance.trouble import GARBLED, TROUBLES, another, told
from connectors.sdk.faults import Planned
from connectors.sdk.records import Kind

MOST_IDS = 5


async def known(stage: Stage, kind: Kind) -> list[str]:
    """Ids of *kind* that are there: pulled, or come along with what is. Of a system that lists
    nothing, those that the kit knows to be there."""
    pulled = claims.pulled(stage.subject)
    for source in [kind] if kind in pulled else pulled:
        found = list(dict.fromkeys(shape.ids(kind, changes_of(await stage.pull(source)))))
        if found:
            return found
    if not pulled and (there := sorted(stage.present(kind))):
        return there
    raise AssertionError(f"KIT.fill must make a {kind}: there is none to fetch")


async def check_a_fetch_gives_what_was_asked_for(subject: Subject, kind: Kind) -> None:
    """A fetch must give a record of each id that is there, as the sdk declares it."""
    async with staging(subject) as new_stage:
        stage = new_stage()
        await stage.fill()
        wanted = (await known(stage, kind))[:MOST_IDS]
        changes = await stage.client.fetch(kind, [*wanted, wanted[0]])
        shape.require_readable(changes)
        shape.require_sound(changes)
        lacking = set(wanted) - set(shape.ids(kind, changes))
        assert not lacking, f"a fetch of {kind} must give all of them; {sorted(lacking)} lack"


async def check_what_is_not_there_is_removed(subject: Subject, kind: Kind) -> None:
    """A fetch must give Removed for each id that is not there, whatever it looks like."""
    async with staging(subject) as new_stage:
        stage = new_stage()
        await stage.fill()
        there = await known(stage, kind)
        absent = [_absent(there), NOBODY]
        changes = await stage.client.fetch(kind, [there[0], *absent])
        gone = [one.external_id for one in changes if isinstance(one, Removed)]
        assert sorted(gone) == sorted(absent), (
            f"a fetch of {kind} must give Removed for {sorted(absent)}, once; it does for {gone}"
        )
        assert there[0] in shape.ids(kind, changes), "what is there must come all the same"


def _absent(there: list[str]) -> str:
    found = another(there[0])
    while found in there:
        found = another(f"{found}7")
    return found


async def check_a_fetch_of_nothing_asks_nothing(subject: Subject, kind: Kind) -> None:
    """A fetch of no ids must give nothing, and send nothing."""
    async with staging(subject) as new_stage:
        stage = new_stage()
        changes = await stage.client.fetch(kind, [])
        assert (changes, stage.gate.entered) == ([], 0), (
            f"a fetch of no ids must send nothing; it sent {stage.gate.entered}, gave {changes}"
        )


async def check_a_fetch_says_what_a_pull_says(subject: Subject, kind: Kind) -> None:
    """A fetch must state the same facts of a subject as a pull does."""
    async with staging(subject) as new_stage:
        stage = new_stage()
        await stage.fill()
        pulled = by_id(changes_of(await stage.pull(kind)))
        wanted = [external_id for one, external_id in pulled if one is kind][:MOST_IDS]
        fetched = by_id(await stage.client.fetch(kind, wanted))
        other = [one for one in wanted if fetched.get((kind, one)) != pulled[kind, one]]
        assert not other, (
            f"a fetch must say what a pull says; of {kind} {other[0]}: "
            f"{fetched.get((kind, other[0]))}, not {pulled[kind, other[0]]}"
        )


async def check_trouble_while_fetching_is_told_apart(subject: Subject, kind: Kind) -> None:
    """A fetch must raise what the caller acts on: whom to tell, how long to wait, what to keep."""
    async with staging(subject) as new_stage:
        stage = new_stage(HASTY)
        await stage.fill()
        wanted = (await known(stage, kind))[:1]
        for trouble in (*TROUBLES, GARBLED):
            stage.simulator.faults.plan(Planned(fault=trouble.fault))
            trouble.require("a fetch", await told(lambda: stage.client.fetch(kind, wanted)))
