"""``check``: who we are to the system, and what is wrong when we are not."""

from connectors.sdk import errors
from connectors.sdk.conformance.specimens import calls
from connectors.sdk.conformance.stage import HASTY, nowhere, staging
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.conformance.trouble import TROUBLES, Trouble, another, told
from connectors.sdk.faults import Fault, Planned

_NOT_THE_SYSTEM = Trouble(
    fault=Fault.NOT_JSON, means=(errors.Misconfigured, errors.Unavailable), says="not the system"
)


async def check_the_account_is_named(subject: Subject) -> None:
    """check must name the account, and change nothing."""
    async with staging(subject) as new_stage:
        stage = new_stage()
        account = await stage.client.check()
        assert account.name.strip(), "check must name the account"
        assert stage.simulator.posts == [], "check must change nothing"


async def check_trouble_is_told_apart(subject: Subject) -> None:
    """check must raise what the caller acts on: Misconfigured, Throttled or Unavailable."""
    async with staging(subject) as new_stage:
        for trouble in (*TROUBLES, _NOT_THE_SYSTEM):
            stage = new_stage(HASTY)
            stage.simulator.faults.plan(Planned(fault=trouble.fault))
            trouble.require("check", await told(stage.client.check))


async def check_a_wrong_credential_is_misconfigured(subject: Subject, name: str) -> None:
    """check must raise Misconfigured when a required setting is wrong."""
    async with staging(subject) as new_stage:
        stage = new_stage()
        wrong = {name: another(stage.simulator.settings[name])}
        error = await told(stage.open(wrong).check)
        assert isinstance(error, errors.Misconfigured), (
            f"check must raise Misconfigured when {name} is wrong; it raises {error!r}"
        )


async def check_an_unreachable_system_is_unavailable(subject: Subject) -> None:
    """What cannot be reached must be Unavailable: nothing was sent, and nothing is in doubt."""
    async with nowhere(subject) as (client, gate):
        for what, call in calls(subject, client):
            before = gate.entered
            error = await told(call)
            refused = gate.entered == before and (
                error is None or isinstance(error, errors.Rejected | errors.Misconfigured)
            )
            assert refused or isinstance(error, errors.Unavailable), (
                f"{what} must raise Unavailable when nothing answers; it raises {error!r}"
            )
