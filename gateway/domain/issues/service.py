"""Issues: use-cases. Each runs in the caller's unit."""

from collections.abc import Sequence
from datetime import datetime

from gateway import ids
from gateway.domain.issues import model, repository
from gateway.domain.issues.model import Cause, Issue
from gateway.events import log
from gateway.store.unit import Unit


async def open(unit: Unit, causes: Sequence[Cause], now: datetime) -> list[Issue]:
    """Open an issue for each cause that has none open; return those newly opened.

    Concurrency: one row a cause; of two writers one gets VersionConflict and begins again.
    """
    by_id = {cause.issue_id: cause for cause in causes}
    held = await repository.issues.by_ids(unit, by_id)
    opened = [model.open_or_reopen(held.get(id), cause, now) for id, cause in by_id.items()]
    return await _keep(unit, [issue for issue in opened if issue], now)


async def resolve(
    unit: Unit, code: str, keys: Sequence[str], resolution: str, now: datetime
) -> list[Issue]:
    """Close the open issues of *code* and *keys*, because what they waited for happened."""
    wanted = [ids.derive(ids.EXCEPTION, code, key) for key in keys]
    held = await repository.issues.by_ids(unit, wanted)
    closed = [model.resolve(issue, resolution, now) for issue in held.values() if issue.is_open]
    return await _keep(unit, closed, now)


async def _keep(unit: Unit, issues: list[Issue], now: datetime) -> list[Issue]:
    if issues:
        await repository.issues.save(unit, issues)
        await log.append(unit, [model.event(issue) for issue in issues], now)
    return issues
