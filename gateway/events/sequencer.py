"""The sequencer: numbers committed events on PostgreSQL, densely, one leader at a time.

A reader that trusts a sequence misses rows (4-14 % in the prototypes) because a transaction that
took an earlier number may commit later. So a row is numbered only once it is visible, by whoever
holds an advisory lock; when that process dies the lock goes with it, and another takes over.
"""

from sqlalchemy import text

from gateway.store.unit import Units

LEADER_LOCK = 0x6576656E7473
"""The key of the advisory lock: "events" in ASCII."""
BATCH = 1000

_NUMBER = text(
    """
    WITH waiting AS (SELECT id FROM events WHERE cursor IS NULL ORDER BY id LIMIT :batch),
         base AS (SELECT coalesce(max(cursor), 0) AS top FROM events),
         numbered AS (SELECT id, top + row_number() OVER (ORDER BY id) AS position
                      FROM waiting CROSS JOIN base)
    UPDATE events SET cursor = numbered.position FROM numbered WHERE events.id = numbered.id
    """
)


async def step(units: Units) -> int:
    """Number what has committed; return how many. 0 when another process is at it, or on SQLite.

    Concurrency: ``pg_try_advisory_xact_lock``: who does not get it leaves the work to the holder.
    After a crash: it never happened; the next step numbers the same rows.
    """
    if units.is_sqlite:
        return 0
    async with units.write() as unit:
        leads = await unit.connection.scalar(
            text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LEADER_LOCK}
        )
        if not leads:
            return 0
        return (await unit.connection.execute(_NUMBER, {"batch": BATCH})).rowcount
