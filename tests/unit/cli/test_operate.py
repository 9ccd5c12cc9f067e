"""``gateway token``, ``schema`` and ``connector list``."""

import asyncio
from pathlib import Path

import pytest

from connectors.sdk import registry
from gateway import ids, settings
from gateway.auth import tokens
from gateway.auth.api_keys import ApiKeys
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role, Scope
from gateway.clock import utc_now
from gateway.domain.inventory.model import location_id
from gateway.store.unit import open_units
from gateway.sync.origins import channel_id
from resolvers.entities import subgraph
from resolvers.schema import SCHEMA
from tests.gateways import SECRET_KEY
from tests.unit.cli.conftest import Terminal

CUSTOMER = ids.derive(ids.CUSTOMER, "ada")


def local() -> tokens.LocalTokens:
    loaded = settings.load(secret_key=SECRET_KEY)
    return tokens.LocalTokens(loaded.keys(tokens.PURPOSE), utc_now)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AGENT, Role.ASSOCIATE])
def test_a_token_has_all_that_its_role_may(terminal: Terminal, role: Role) -> None:
    """The gateway itself accepts it."""
    said = terminal("token", "--role", role.lower())
    principal = local().verify(said.out[0])
    assert (0, role, MOST[role]) == (said.code, principal.role, principal.scopes)


def test_a_token_is_limited_to_what_was_asked_for(terminal: Terminal) -> None:
    """Locations by code or id, channels by name or id."""
    id = location_id("CHI-LOOP")
    words = ["--location", "nyc-soho", "--location", id, "--channel", "web"]
    words += ["--scope", "orders:read"]
    principal = local().verify(terminal("token", "--role", "partner", *words).out[0])
    assert principal.location_ids == {location_id("NYC-SOHO"), id}
    assert principal.channel_ids == {channel_id("web")}
    assert principal.scopes == {Scope.ORDERS_READ}


def test_a_partner_that_names_no_scope_has_none(terminal: Terminal) -> None:
    """As everywhere."""
    principal = local().verify(terminal("token", "--role", "partner").out[0])
    assert principal.scopes == frozenset()


def test_a_shopper_needs_to_be_somebody(terminal: Terminal) -> None:
    """Without a customer they would see nothing."""
    assert 2 == terminal("token", "--role", "shopper").code
    assert 2 == terminal("token", "--role", "shopper", "--customer", "ada").code
    said = terminal("token", "--role", "shopper", "--customer", CUSTOMER)
    assert local().verify(said.out[0]).customer_id == CUSTOMER


def test_a_key_proves_the_same_as_a_token_and_is_kept_as_a_hash(
    terminal: Terminal, tmp_path: Path
) -> None:
    """The store knows it again, and holds no text of it."""
    words = ("--role", "partner", "--channel", "web", "--scope", "orders:read", "--key", "erp")
    text = terminal("token", *words).out[0]
    principal = asyncio.run(_proven(terminal.env["GATEWAY_DATABASE_URL"], text))
    assert (Role.PARTNER, {channel_id("web")}) == (principal.role, principal.channel_ids)
    assert principal.scopes == {Scope.ORDERS_READ}
    secret = text.split("_", 2)[2].encode()
    assert [] == [one for one in tmp_path.glob("gateway.sqlite3*") if secret in one.read_bytes()]


async def _proven(url: str, text: str) -> Principal:
    units = open_units(url)
    try:
        return await ApiKeys(units, utc_now).verify(text)
    finally:
        await units.close()


def test_schema_prints_the_schema(terminal: Terminal) -> None:
    """The file at the top is made so."""
    assert SCHEMA.as_str().splitlines() == terminal("schema").out


def test_schema_prints_the_schema_of_the_subgraph(terminal: Terminal) -> None:
    """What a composer of graphs reads."""
    assert subgraph.sdl(SCHEMA).splitlines() == terminal("schema", "--federation").out


def test_connectors_are_listed(terminal: Terminal) -> None:
    """All that the registry finds, under one line of headings."""
    said = terminal("connector", "list")
    listed = [line.split()[0] for line in said.out[1:] if not line.startswith(" ")]
    assert list(registry.discover()) == listed
