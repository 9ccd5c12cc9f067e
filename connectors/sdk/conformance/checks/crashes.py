"""Commands whose every single request goes wrong: in the end there is one effect, and no lie.

A command is performed once to count its requests. Then, for each of them, on a simulator as good as
new, that one goes wrong, and the command is carried on with as the gateway does.
"""

from functools import partial

from connectors.sdk import errors
from connectors.sdk.commands import Command, Outcome
from connectors.sdk.conformance.kit import ways
from connectors.sdk.conformance.stage import HASTY, PATIENT, NewStage, Stage, staging
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.conformance.trouble import (
    REFUSED,
    THROTTLED,
    THROTTLED_BARE,
    TROUBLES,
    Trouble,
    told,
)
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Bounds
from connectors.sdk.manifest import NAME_OF, Delivery

_IN_DOUBT = (errors.Ambiguous, errors.Unavailable)
_LOSSES = (
    Trouble(fault=Fault.CUT_AFTER, means=_IN_DOUBT, says="a reply cut off"),
    Trouble(fault=Fault.SERVER_ERROR_AFTER, means=_IN_DOUBT, says="HTTP 500, and done"),
    Trouble(fault=Fault.SERVER_ERROR, means=_IN_DOUBT, says="HTTP 500, and not done"),
    Trouble(fault=Fault.NOT_JSON, means=(*_IN_DOUBT, errors.Malformed), says="an answer in HTML"),
)
_GARBLED = Trouble(fault=Fault.NOT_JSON, means=(errors.Unavailable,), says="an answer in HTML")
_TRIES = 5


async def check_a_lost_reply_leaves_one_effect(subject: Subject, name: str) -> None:
    """A command must have one effect in the end, whichever of its replies is lost."""
    # Once with the door's own repeats, too, by which a write that is marked safe would be doubled.
    for bounds in (HASTY, PATIENT):
        for trouble in _LOSSES:
            await _go_wrong_everywhere(subject, name, trouble, bounds)


async def check_a_throttled_command_says_how_long_to_wait(subject: Subject, name: str) -> None:
    """A command must raise Throttled, with the seconds asked for, and have had no effect."""
    for trouble in (THROTTLED, THROTTLED_BARE):
        await _go_wrong_everywhere(subject, name, trouble, HASTY)


async def check_refused_credentials_are_misconfigured(subject: Subject, name: str) -> None:
    """A command must raise Misconfigured when the system refuses us, at whichever request."""
    await _go_wrong_everywhere(subject, name, REFUSED, HASTY)


async def check_a_look_up_in_trouble_says_so(subject: Subject, name: str) -> None:
    """look_up must raise what it fails by, never say that nothing happened when it cannot tell."""
    async with staging(subject) as new_stage:
        for way in ways(subject.kit(), name):
            stage = new_stage(HASTY)
            command = await stage.arrange(way)
            await stage.client.perform(command)
            before = stage.arrived
            await stage.client.look_up(command)
            for place in range(stage.arrived - before):
                for trouble in (*TROUBLES, _GARBLED):
                    stage.simulator.faults.plan(Planned(fault=trouble.fault, after=place))
                    error = await told(partial(stage.client.look_up, command))
                    trouble.require(f"look_up of {way}, at its request {place + 1},", error)


async def _go_wrong_everywhere(
    subject: Subject, name: str, trouble: Trouble, bounds: Bounds
) -> None:
    """Let each request of each way meet *trouble*, and carry on to the end."""
    async with staging(subject) as new_stage:
        for way in ways(subject.kit(), name):
            for place in range(await _requests(new_stage, way)):
                stage = new_stage(bounds)
                command = await stage.arrange(way)
                stage.simulator.faults.plan(Planned(fault=trouble.fault, after=place))
                await _strike(stage, command, trouble, f"{way}, at its request {place + 1},")
                await _carry_on(stage, command, way)


async def _requests(new_stage: NewStage, way: str) -> int:
    """How many requests a command takes when all goes well."""
    stage = new_stage()
    command = await stage.arrange(way)
    before = stage.arrived
    await stage.client.perform(command)
    return stage.arrived - before


async def _strike(stage: Stage, command: Command, trouble: Trouble, where: str) -> None:
    """Perform *command* in trouble: it says so, or it is done all the same; it does not lie.

    What has taken effect may always be said to be in doubt.
    """
    error = await told(lambda: stage.client.perform(command))
    done = stage.effects(command)
    if error is None:
        assert done == 1, f"{where} must not return at {trouble.says}: it took effect {done} times"
        return
    if done and isinstance(error, errors.Ambiguous):
        return
    trouble.require(where, error)
    assert not (done and isinstance(error, errors.NotApplied)), (
        f"{where} must not raise {type(error).__name__} at {trouble.says}: it did take effect"
    )


async def _carry_on(stage: Stage, command: Command, way: str) -> None:
    """Go on as the gateway does, and see that there is one effect: never two, nor none."""
    rule = stage.subject.manifest.commands[NAME_OF[type(command)]].delivery
    if rule is not Delivery.NEITHER:
        await _until_done(stage, command, rule)
    done = stage.effects(command)
    fewest = 0 if rule is Delivery.NEITHER else 1
    assert fewest <= done <= 1, f"{way} must have one effect in the end; it has {done}"


async def _until_done(stage: Stage, command: Command, rule: Delivery) -> Outcome:
    for _ in range(_TRIES):
        try:
            found = await stage.client.look_up(command) if rule is Delivery.ASKABLE else None
            return found or await stage.client.perform(command)
        except errors.NotApplied:
            continue
    raise AssertionError(f"{type(command).__name__} must come to an end: {_TRIES} tries did not do")
