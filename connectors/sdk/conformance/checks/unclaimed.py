"""What is not claimed is refused, before anything is sent."""

from connectors.sdk.conformance.specimens import NOBODY, SPECIMENS, Call, first_page
from connectors.sdk.conformance.stage import Turnstile, nowhere
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.conformance.trouble import told
from connectors.sdk.errors import Unsupported
from connectors.sdk.records import Kind


async def check_an_unclaimed_pull_sends_nothing(subject: Subject, kind: Kind) -> None:
    """pull must raise Unsupported for a kind that is not declared, and send nothing."""
    async with nowhere(subject) as (client, gate):
        if callable(getattr(client, "pull", None)):
            await _require_refusal(f"pull of {kind}", lambda: first_page(client, kind), gate)


async def check_an_unclaimed_fetch_sends_nothing(subject: Subject, kind: Kind) -> None:
    """fetch must raise Unsupported for a kind that is not declared, and send nothing."""
    async with nowhere(subject) as (client, gate):
        if callable(getattr(client, "fetch", None)):
            await _require_refusal(f"fetch of {kind}", lambda: client.fetch(kind, [NOBODY]), gate)


async def check_an_unclaimed_command_sends_nothing(subject: Subject, name: str) -> None:
    """perform must raise Unsupported for a command that is not declared, and send nothing."""
    async with nowhere(subject) as (client, gate):
        if callable(getattr(client, "perform", None)):
            await _require_refusal(name, lambda: client.perform(SPECIMENS[name]), gate)


async def _require_refusal(what: str, call: Call, gate: Turnstile) -> None:
    error = await told(call)
    assert isinstance(error, Unsupported), (
        f"{what} must raise Unsupported, as it is not declared; it raises {error!r}"
    )
    assert gate.entered == 0, f"{what} must send nothing, as it is not declared"
