"""The state of a store, for whoever is about to use it: is it there, and does the code fit it?"""

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from gateway.store import migrate


class StoreAway(Exception):
    """The store does not answer. It may a moment later."""


class StoreBehind(Exception):
    """The store is not at the revision that this code needs."""


async def require_migrated(url: str) -> None:
    """Return when the store at *url* answers and is what this code needs.

    Raises: StoreAway, StoreBehind; both of one line.
    """
    try:
        found = await migrate.current(url)
    except (OSError, SQLAlchemyError, asyncpg.PostgresError) as error:
        raise StoreAway(_reason(error)) from error
    needed = migrate.head()
    if found is None:
        raise StoreBehind("the store is empty: run `gateway migrate`")
    if found not in migrate.revisions():
        raise StoreBehind(f"the store is at {found}, which is newer than this code ({needed})")
    if found != needed:
        raise StoreBehind(f"the store is at {found}, this code needs {needed}: `gateway migrate`")


def _reason(error: BaseException) -> str:
    """Return the driver's own words: SQLAlchemy's add a statement and a link."""
    cause = getattr(error, "orig", None) or error
    return " ".join(f"{type(cause).__name__}: {cause}".split())
