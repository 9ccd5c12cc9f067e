"""Whether a store is what the code needs."""

from pathlib import Path

import pytest

from gateway.store import migrate, state
from tests.running import free_port


async def test_a_migrated_store_is_what_the_code_needs(store_url: str) -> None:
    """Nothing is said."""
    await state.require_migrated(store_url)


async def test_a_store_that_was_taken_back_is_not(store_url: str) -> None:
    """It says what to do."""
    await migrate.downgrade(store_url, "base")
    with pytest.raises(state.StoreBehind, match="run `gateway migrate`"):
        await state.require_migrated(store_url)


async def test_a_store_of_newer_code_is_not(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To migrate would not help."""
    monkeypatch.setattr(state, "revisions", lambda: ["0000"])
    with pytest.raises(state.StoreBehind, match="newer than this code"):
        await state.require_migrated(store_url)


async def test_a_store_that_does_not_answer_is_away(tmp_path: Path) -> None:
    """In the driver's words."""
    for url in (
        f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/nothing",
        f"sqlite+aiosqlite:///{tmp_path}/no/such/folder.sqlite3",
    ):
        with pytest.raises(state.StoreAway):
            await state.require_migrated(url)


def test_revisions_are_those_that_alembic_knows() -> None:
    """Read from the names of the files."""
    assert migrate.revisions() == state.revisions()
