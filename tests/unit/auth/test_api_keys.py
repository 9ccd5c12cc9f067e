"""API keys: kept as a hash, refused when wrong, ended at once where they are revoked."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.auth.api_keys import HELD_S, USED_EVERY, ApiKeys, api_keys
from gateway.auth.principal import Principal
from gateway.auth.scopes import Role, Scope
from gateway.errors import NotFound, Unauthenticated
from gateway.store.unit import Units
from tests.graph.counting import statements
from tests.unit.auth.conftest import Turned

PARTNER = Principal(
    role=Role.PARTNER,
    subject="acme",
    scopes=frozenset({Scope.ORDERS_READ}),
    channel_ids=frozenset({"channel_1"}),
)


@pytest.fixture
def keys(units: Units, clock: Turned) -> ApiKeys:
    """The keys of one process."""
    return ApiKeys(units, clock, clock.ticks)


async def test_a_key_proves_the_principal_it_was_made_for(keys: ApiKeys) -> None:
    """Role, scopes, channels, and which key it was."""
    key, text = await keys.create("Acme", PARTNER)
    proven = await keys.verify(text)
    assert text.startswith("gw_")
    assert proven == replace(PARTNER, credential=key.id)


async def test_the_database_file_never_holds_the_secret(
    keys: ApiKeys, units: Units, database: Path
) -> None:
    """Whoever reads a backup cannot call."""
    _, text = await keys.create("Acme", PARTNER)
    await keys.verify(text)
    await units.close()
    files = list(database.parent.iterdir())
    assert database in files
    secret = text.split("_", 2)[2].encode()
    assert [path.name for path in files if secret in path.read_bytes()] == []


async def test_wrong_keys_are_refused(keys: ApiKeys) -> None:
    """Another's secret, an absent id, a text that is no key."""
    _, mine = await keys.create("Acme", PARTNER)
    _, yours = await keys.create("Other", PARTNER)
    _, my_id, _ = mine.split("_", 2)
    _, your_id, your_secret = yours.split("_", 2)
    wrong = [f"gw_{my_id}_{your_secret}", f"gw_{'0' * 24}_{your_secret}", "gw_", "", mine.upper()]
    for text in wrong:
        with pytest.raises(Unauthenticated):
            await keys.verify(text)
    assert (await keys.verify(yours)).credential == f"key_{your_id}"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 70), character=st.sampled_from("abcXYZ019-_ "))
async def test_no_mutated_key_passes(keys: ApiKeys, at: int, character: str) -> None:
    """One character is enough to refuse."""
    _, text = await keys.create("Acme", PARTNER)
    changed = text[:at] + character + text[at + 1 :]
    if changed != text:
        with pytest.raises(Unauthenticated):
            await keys.verify(changed)


async def test_a_revoked_key_is_refused_here_at_once_and_elsewhere_soon(
    keys: ApiKeys, units: Units, clock: Turned
) -> None:
    """Another process may go on for as long as it holds the key, and no longer."""
    elsewhere = ApiKeys(units, clock, clock.ticks)
    key, text = await keys.create("Acme", PARTNER)
    await keys.verify(text)
    await elsewhere.verify(text)
    await keys.revoke(key.id)
    with pytest.raises(Unauthenticated):
        await keys.verify(text)
    clock.forward(seconds=HELD_S + 1)
    with pytest.raises(Unauthenticated):
        await elsewhere.verify(text)
    assert await elsewhere.is_good(key.id) is False


async def test_revoking_twice_or_an_absent_key_is_not_found(keys: ApiKeys) -> None:
    """And the first time stands."""
    key, _ = await keys.create("Acme", PARTNER)
    await keys.revoke(key.id)
    [before] = await keys.list()
    for id in (key.id, "key_absent"):
        with pytest.raises(NotFound):
            await keys.revoke(id)
    assert await keys.list() == [before]


async def test_a_key_ends_when_it_was_to_end(keys: ApiKeys, clock: Turned) -> None:
    """Held in memory or not."""
    _, text = await keys.create("Acme", PARTNER, clock.now + timedelta(seconds=10))
    assert (await keys.verify(text)).expires_at == clock.now + timedelta(seconds=10)
    clock.forward(seconds=10)
    with pytest.raises(Unauthenticated):
        await keys.verify(text)


async def test_a_held_key_costs_no_statement(keys: ApiKeys, clock: Turned) -> None:
    """A busy partner does not burden the store; the time of use is written now and then."""
    _, text = await keys.create("Acme", PARTNER)
    await keys.verify(text)
    with statements() as seen:
        for _ in range(50):
            await keys.verify(text)
        assert seen == []
        clock.forward(seconds=HELD_S + 1)
        await keys.verify(text)
    assert [statement.split()[0] for statement in seen] == ["BEGIN", "SELECT"]


async def test_the_time_of_last_use_is_kept_roughly(
    keys: ApiKeys, units: Units, clock: Turned
) -> None:
    """To see which keys nobody uses; a wrong secret is no use."""
    key, text = await keys.create("Acme", PARTNER)
    with pytest.raises(Unauthenticated):
        await keys.verify(f"{text[:-4]}AAAA")
    assert (await keys.list())[0].last_used_at is None
    first = clock.now
    await keys.verify(text)
    clock.forward(minutes=1)
    await keys.verify(text)
    assert (await keys.list())[0].last_used_at == first
    clock.now = first + USED_EVERY
    await keys.verify(text)
    assert (await keys.list())[0].last_used_at == first + USED_EVERY
    async with units.read() as unit:
        assert await unit.connection.scalar(select(api_keys.c.name)) == key.name


async def test_a_store_that_takes_no_writes_refuses_nobody_who_reads(
    keys: ApiKeys, units: Units
) -> None:
    """A full disk must not sign partners out."""
    _, text = await keys.create("Acme", PARTNER)
    async with units.write() as unit:
        await unit.connection.exec_driver_sql("PRAGMA query_only = ON")
    assert (await keys.verify(text)).subject == "acme"
    assert (await keys.list())[0].last_used_at is None
