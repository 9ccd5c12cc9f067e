"""Connections in the store: whole again when read, and never in plain text on disk."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sdk.manifest import Manifest
from gateway.errors import InvalidInput, NotFound
from gateway.settings import Configuration, ConfigurationError, load, parse
from gateway.store.unit import Units
from gateway.systems import stored
from gateway.systems.credentials import Vault
from gateway.systems.declared import Connection

NOW = datetime(2026, 1, 5, tzinfo=UTC)
OLD, NEW = "old-secret-key-" * 3, "new-secret-key-" * 3
SHOP = Connection(
    id="shop-us",
    connector="shop",
    settings={
        "url": "https://shop.example",
        "token": "canary-t0ken",
        "webhook_secret": "canary-h00k",
    },
    webhook_secrets=("canary-n3xt",),
)


def vault(secret_key: str = NEW, previous: str = "") -> Vault:
    return Vault(load(secret_key=secret_key, previous_secret_keys=previous).keys)


@pytest.fixture
async def kept(units: Units, manifests: dict[str, Manifest]) -> Units:
    """A store with one connection."""
    async with units.write() as unit:
        await stored.add(unit, vault(), SHOP, manifests["shop"], NOW)
    return units


async def all_of(units: Units, opened_by: Vault | None = None) -> list[Connection]:
    async with units.read() as unit:
        return await stored.all(unit, opened_by or vault())


async def test_a_connection_comes_back_whole(kept: Units) -> None:
    """Settings, secrets, everything."""
    assert await all_of(kept) == [SHOP]


async def test_no_secret_is_in_the_databases_files(kept: Units, database: Path) -> None:
    """Searched for in every file of it, the journal too; what is public is there."""
    await kept.close()
    files = [path.read_bytes() for path in database.parent.iterdir()]
    assert any(b"https://shop.example" in content for content in files)
    assert [content for content in files if b"canary" in content] == []


async def test_the_same_id_twice_is_refused(kept: Units, manifests: dict[str, Manifest]) -> None:
    """And the first stays."""
    other = replace(SHOP, settings={"url": "https://other.example", "token": "t"})
    with pytest.raises(InvalidInput):
        async with kept.write() as unit:
            await stored.add(unit, vault(), other, manifests["shop"], NOW)
    assert await all_of(kept) == [SHOP]


async def test_a_connection_can_be_changed_switched_and_removed(
    kept: Units, manifests: dict[str, Manifest]
) -> None:
    """Each is seen by whoever reads next."""
    changed = replace(SHOP, settings={**SHOP.settings, "token": "canary-2"})
    async with kept.write() as unit:
        await stored.change(unit, vault(), changed, manifests["shop"], NOW)
        await stored.enable(unit, "shop-us", enabled=False, now=NOW)
    assert await all_of(kept) == [replace(changed, enabled=False)]
    async with kept.write() as unit:
        await stored.remove(unit, "shop-us")
    assert await all_of(kept) == []


async def test_what_is_not_there_cannot_be_changed(
    kept: Units, manifests: dict[str, Manifest]
) -> None:
    """Three ways to say it, and nothing changes."""
    absent = replace(SHOP, id="absent")
    async with kept.write() as unit:
        for attempt in (
            stored.change(unit, vault(), absent, manifests["shop"], NOW),
            stored.enable(unit, "absent", enabled=False, now=NOW),
            stored.remove(unit, "absent"),
        ):
            with pytest.raises(NotFound):
                await attempt
    assert await all_of(kept) == [SHOP]


async def test_the_secret_key_rotates(units: Units, manifests: dict[str, Manifest]) -> None:
    """Old, then both, then everything sealed again, then new only."""
    async with units.write() as unit:
        await stored.add(unit, vault(OLD), SHOP, manifests["shop"], NOW)
    with pytest.raises(ConfigurationError):
        await all_of(units, vault(NEW))
    assert await all_of(units, vault(NEW, OLD)) == [SHOP]
    async with units.write() as unit:
        assert await stored.reseal(unit, vault(NEW, OLD)) == 1
    assert await all_of(units, vault(NEW)) == [SHOP]


async def test_the_file_and_the_store_together_are_what_is_connected(
    kept: Units, manifests: dict[str, Manifest]
) -> None:
    """In the order of their ids; the file may refer to what is in the store."""
    text = """
    [connections.a-depot]
    connector = "depot"
    url = "https://depot.example"
    settings = {token = {env = "TOKEN"}}
    [channels.web]
    kind = "WEB"
    connection = "shop-us"
    """
    configuration = parse(text, source="gateway.toml")
    async with kept.read() as unit:
        found = await stored.with_file(unit, vault(), configuration, manifests, {"TOKEN": "t"})
    assert [one.id for one in found] == ["a-depot", "shop-us"]


@pytest.mark.parametrize(
    ("text", "connectors", "expected"),
    [
        (
            """[connections.shop-us]
            connector = "shop"
            url = "https://b.example"
            settings = {token = {env = "TOKEN"}}""",
            ("shop",),
            "gateway.toml: connections.shop-us: there is one of that id in the store too",
        ),
        ("", (), "connections.shop-us.connector: no connector 'shop'; there are: "),
        (
            '[channels.web]\nkind = "WEB"\nconnection = "gone"',
            ("shop",),
            "gateway.toml: channels.web.connection: no connection 'gone'; there are: shop-us",
        ),
    ],
)
async def test_what_does_not_go_together_is_refused(
    text: str,
    connectors: tuple[str, ...],
    expected: str,
    kept: Units,
    manifests: dict[str, Manifest],
) -> None:
    """An id twice, a connector that is gone, a reference to nothing."""
    some = {name: manifests[name] for name in connectors}
    async with kept.read() as unit:
        with pytest.raises(ConfigurationError) as caught:
            configuration = parse(text, source="gateway.toml")
            await stored.with_file(unit, vault(), configuration, some, {"TOKEN": "t"})
    assert str(caught.value) == expected


async def test_without_connections_no_secret_key_is_needed(units: Units) -> None:
    """The embedded gateway starts with nothing."""
    async with units.read() as unit:
        keyless = Vault(load().keys)
        assert await stored.with_file(unit, keyless, Configuration(), {}, {}) == []
