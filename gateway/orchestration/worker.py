"""The worker: carries effects out, one lane after the other, each connection by itself.

A connection has its own slots, so one that hangs holds up no other. An attempt that may have
reached the system is looked up before it is sent again, where the connector can be asked; where it
cannot, the effect is parked as UNKNOWN for a person.
"""

import asyncio
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from connectors.sdk.commands import Outcome
from connectors.sdk.errors import (
    Ambiguous,
    ConnectorError,
    Malformed,
    Misconfigured,
    NotApplied,
    Rejected,
    Throttled,
)
from connectors.sdk.http import LANE
from connectors.sdk.manifest import CommandRule, Delivery
from gateway import ids
from gateway.clock import Clock
from gateway.domain.identity.model import Origin
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.orchestration import outbox
from gateway.orchestration.outbox import Effect, Lease, Settlement, State
from gateway.store.unit import Unit, Units
from gateway.sync import ingest, reread
from gateway.sync.origins import Origins
from gateway.systems.connections import Connected, Systems
from gateway.telemetry.redaction import hide_cards

ATTEMPT_S = 60.0
"""The longest one attempt may take: several requests of 20 s each."""
GRACE_S = 5.0
"""How long attempts that are under way may take to end at shutdown; most end within a second."""
LEASE = timedelta(seconds=ATTEMPT_S * 2)
"""Outlasts the attempt and what the system may still do after we hung up."""
FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 60.0
EFFECT_FAILED = "EFFECT_FAILED"
EFFECT_UNKNOWN = "EFFECT_UNKNOWN"

_UNDECLARED = CommandRule(delivery=Delivery.NEITHER)
"""Of a command that a newer connector no longer declares: it is refused, and not sent."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """How one try went."""

    outcome: Outcome | None = None
    error: ConnectorError | None = None


class Worker:
    """Any number of processes may run one; each effect has one owner at a time."""

    def __init__(self, units: Units, systems: Systems, origins: Origins, clock: Clock) -> None:
        self._units = units
        self._systems = systems
        self._origins = origins
        self._clock = clock
        self._owner = f"{os.getpid()}-{ids.new('worker')}"[:64]

    async def step(self, connection: str, slots: int) -> int:
        """Carry out up to *slots* due effects of *connection* side by side; return how many.

        Who is canceled lets what is under way end, for a moment, so that nothing is left in doubt.
        """
        async with self._units.write() as unit:
            lease = Lease(owner=self._owner, limit=slots, duration=LEASE)
            claimed = await outbox.claim(unit, connection, lease, self._clock())
        await _all([asyncio.create_task(self._carry_out(effect)) for effect in claimed])
        return len(claimed)

    async def _carry_out(self, effect: Effect) -> None:
        connected = self._systems.get(effect.connection)
        lane = LANE.set("interactive")
        try:
            async with asyncio.timeout(ATTEMPT_S):
                attempt = await _attempt(connected, effect, self._origins(connected))
        except TimeoutError:
            attempt = _Attempt(error=Ambiguous(f"no answer within {ATTEMPT_S:g} s"))
        finally:
            LANE.reset(lane)
        await self._settle(connected, effect, attempt)

    async def _settle(self, connected: Connected, effect: Effect, attempt: _Attempt) -> None:
        """Record the end of an attempt and take in what it changed, in one unit."""
        how = judge(connected, effect, attempt.outcome, attempt.error, self._clock())
        changes = attempt.outcome.changes if attempt.outcome else ()
        try:
            settled = await reread.resolve(connected, changes)
        except ConnectorError as error:  # done is done: the next pull shows what it changed
            log.warning("effect.unread", effect=effect.id, reason=type(error).__name__)
            settled = []

        async def record(unit: Unit) -> None:
            now = self._clock()
            if await outbox.settle(unit, effect, how, now):
                await ingest.apply(unit, settled, self._origins(connected), now)
                await _report(unit, effect, how, now)

        await ingest.commit(self._units, record)
        log.info("effect.settled", effect=effect.id, command=effect.command_name, state=how.state)


async def _all(tasks: list[asyncio.Task[None]]) -> None:
    if not tasks:
        return
    try:
        await asyncio.wait(tasks)
    except asyncio.CancelledError:
        await asyncio.wait(tasks, timeout=GRACE_S)
        for task in tasks:
            task.cancel()
        raise
    finally:
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _attempt(connected: Connected, effect: Effect, origin: Origin) -> _Attempt:
    """Look where it may have happened already; else do it. SKUs become the system's here, where
    every command leaves."""
    try:
        rule = connected.require_command(effect.command).delivery
        if effect.is_in_doubt and rule is Delivery.NEITHER:
            return _Attempt(error=Ambiguous("an earlier attempt may have taken effect"))
        if effect.is_in_doubt and rule is Delivery.ASKABLE:
            found = await _look_up(connected, effect, origin)
            if found is not None:
                return _Attempt(outcome=found)
        command = origin.skus.outward(effect.command)
        return _Attempt(outcome=await connected.performs(command).perform(command))
    except ConnectorError as error:
        return _Attempt(error=error)
    except Exception as error:
        log.exception("connector.bug", connection=connected.id, command=effect.command_name)
        return _Attempt(error=Ambiguous(f"the connector failed: {type(error).__name__}"))


async def _look_up(connected: Connected, effect: Effect, origin: Origin) -> Outcome | None:
    """Ask whether it happened. A system that refuses to say has not said that it did not."""
    try:
        command = origin.skus.outward(effect.command)
        return await connected.looks_up(command).look_up(command)
    except Rejected as error:
        raise Ambiguous(f"cannot be looked up: {error}") from error


def judge(
    connected: Connected,
    effect: Effect,
    outcome: Outcome | None,
    error: ConnectorError | None,
    now: datetime,
) -> Settlement:
    """Decide what an attempt's end means. Pure but for the jitter."""
    command = connected.manifest.commands.get(effect.command_name, _UNDECLARED)
    rule = command.delivery
    match error:
        case None:
            return Settlement(
                state=State.DONE, external_id=outcome.external_id if outcome else None
            )
        case Rejected():
            code = error.code[: outbox.LONGEST_CODE]
            return Settlement(
                state=State.FAILED, error_code=code, error=_said(error), was_sent=False
            )
        case Ambiguous() if rule is Delivery.NEITHER:
            return Settlement(state=State.UNKNOWN, error_code="AMBIGUOUS", error=_said(error))
        case _ if effect.attempt >= outbox.MAX_ATTEMPTS:
            is_sent = not isinstance(error, NotApplied | Misconfigured) or effect.is_in_doubt
            state = State.UNKNOWN if is_sent else State.FAILED
            return Settlement(state=state, error_code=_code(error), error=_said(error))
        case _:
            return Settlement(
                state=State.OPEN,
                error_code=_code(error),
                error=_said(error),
                retry_at=now + _wait(effect, error, command.settle_s),
                was_sent=not isinstance(error, NotApplied | Misconfigured),
            )


def _said(error: ConnectorError) -> str:
    """What the system said, as it may be kept."""
    return hide_cards(str(error))


def _code(error: ConnectorError) -> str:
    kinds: Sequence[tuple[type[ConnectorError], str]] = (
        (Misconfigured, "MISCONFIGURED"),
        (Throttled, "THROTTLED"),
        (NotApplied, "UNAVAILABLE"),
        (Malformed, "MALFORMED"),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), "AMBIGUOUS")


def _wait(effect: Effect, error: ConnectorError, settle_s: int) -> timedelta:
    """What the system asked for; what it may need to finish; else full jitter."""
    if isinstance(error, Ambiguous):
        return timedelta(seconds=settle_s)
    if isinstance(error, Throttled) and error.retry_after_s is not None:
        return timedelta(seconds=error.retry_after_s)
    most = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2**effect.attempt)
    return timedelta(seconds=random.uniform(0, most))  # noqa: S311 (spreads load, no secret)


async def _report(unit: Unit, effect: Effect, how: Settlement, now: datetime) -> None:
    """A failure is somebody's work; a success closes what an earlier failure opened."""
    if how.retry_at is not None:
        return
    if how.state is State.DONE:
        for code in (EFFECT_FAILED, EFFECT_UNKNOWN):
            await issues.resolve(unit, code, [effect.id], "it was done in the end", now)
        return
    cause = Cause(
        code=EFFECT_UNKNOWN if how.state is State.UNKNOWN else EFFECT_FAILED,
        key=effect.id,
        category=Category.FULFILLMENT,
        severity=Severity.HIGH,
        message=f"{effect.connection}: {effect.command_name} {how.state}: {how.error}",
        subject=effect.subject,
        order_id=effect.order_id,
        connection=effect.connection,
    )
    await issues.open(unit, [cause], now)
