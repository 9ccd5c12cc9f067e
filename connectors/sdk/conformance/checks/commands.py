"""Commands: each takes effect, once, and says whether it did."""

from datetime import timedelta

from connectors.sdk import errors
from connectors.sdk.conformance import shape
from connectors.sdk.conformance.kit import ways
from connectors.sdk.conformance.specimens import CREATING, SPECIMENS
from connectors.sdk.conformance.stage import staging
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.conformance.trouble import told
from connectors.sdk.manifest import COMMANDS

LONG_AFTER = timedelta(days=2)
"""Systems that take idempotency keys forget them, most of them after a day."""


async def check_a_command_takes_effect_once(subject: Subject, name: str) -> None:
    """perform must take effect once, and say what is true afterwards."""
    async with staging(subject) as new_stage:
        for way in ways(subject.kit(), name):
            stage = new_stage()
            command = await stage.arrange(way)
            assert isinstance(command, COMMANDS[name]), f"KIT.arrange must return a {name}"
            assert stage.effects(command) == 0, f"KIT.effects must be 0 before {way} is performed"
            outcome = await stage.client.perform(command)
            done = stage.effects(command)
            assert done == 1, f"{way} must take effect once; it has {done} times"
            assert outcome.changes, f"{way} must say what is true afterwards: it has no changes"
            shape.require_readable(outcome.changes)
            shape.require_sound(outcome.changes)
            if name == "buy_label":
                assert outcome.label is not None, "buy_label must give the label it bought"


async def check_a_command_done_again_doubles_nothing(subject: Subject, name: str) -> None:
    """perform must, with the same key again, repeat or continue what was done, never double it."""
    async with staging(subject) as new_stage:
        for way in ways(subject.kit(), name):
            stage = new_stage()
            command = await stage.arrange(way)
            first = await stage.client.perform(command)
            for when in (timedelta(), LONG_AFTER):
                stage.clock.turn(when)
                again = await stage.client.perform(command)
                done = stage.effects(command)
                assert done == 1, (
                    f"{way} must double nothing under one key; {when} later it has {done} effects"
                )
                assert again.external_id == first.external_id, (
                    f"{way} must give what it gave: {first.external_id}, not {again.external_id}"
                )


async def check_a_look_up_tells_what_happened(subject: Subject, name: str) -> None:
    """look_up must give None before a command took effect, its outcome after, changing nothing."""
    async with staging(subject) as new_stage:
        for way in ways(subject.kit(), name):
            stage = new_stage()
            command = await stage.arrange(way)
            before = await stage.client.look_up(command)
            assert before is None, f"look_up must give None before {way}; it gives {before}"
            assert stage.effects(command) == 0, "look_up must change nothing"
            outcome = await stage.client.perform(command)
            after = await stage.client.look_up(command)
            assert after is not None, f"look_up must give the outcome of {way}; it gives None"
            assert after.external_id == outcome.external_id, (
                f"look_up must find what {way} made: {outcome.external_id}, not {after.external_id}"
            )
            shape.require_sound(after.changes)
            assert stage.effects(command) == 1, "look_up must change nothing"


async def check_what_is_not_there_is_rejected(subject: Subject, name: str) -> None:
    """perform must raise Rejected about a subject that is not there, and change nothing."""
    if name in CREATING:
        return
    async with staging(subject) as new_stage:
        stage = new_stage()
        error = await told(lambda: stage.client.perform(SPECIMENS[name]))
        is_refused = isinstance(error, errors.Rejected) and not isinstance(
            error, errors.Unsupported
        )
        assert is_refused, f"{name} must raise Rejected about what nobody has; it raises {error!r}"
        assert stage.simulator.posts == [], f"{name} must change nothing when it is refused"
