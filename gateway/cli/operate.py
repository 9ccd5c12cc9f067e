"""``gateway migrate``, ``schema`` and ``token``."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from gateway import settings as setting
from gateway.auth import tokens
from gateway.auth.api_keys import ApiKeys
from gateway.auth.principal import Principal
from gateway.auth.scopes import UNASKED, Role, Scope
from gateway.cli import stores
from gateway.cli.words import SET_UP_WRONG, fail, out
from gateway.clock import utc_now
from gateway.domain.inventory.model import location_id
from gateway.ids import CHANNEL, CUSTOMER, LOCATION
from gateway.store.state import StoreAway
from gateway.sync.origins import channel_id


def migrate() -> None:
    """Bring the store to what this code needs. What is there already is left alone."""
    from gateway.store import migrate as migrations

    url = setting.load().database_url
    try:
        asyncio.run(migrations.upgrade(url))
    except (OSError, SQLAlchemyError) as error:
        raise StoreAway(f"the store cannot be migrated: {getattr(error, 'orig', error)}") from error
    out.print(f"the store is at {migrations.head()}", markup=False)


def schema(
    *,
    federation: Annotated[
        bool, typer.Option("--federation", help="As a subgraph of Apollo Federation 2.")
    ] = False,
) -> None:
    """Print the schema of the graph."""
    from resolvers.entities import subgraph
    from resolvers.schema import SCHEMA

    typer.echo(subgraph.sdl(SCHEMA) if federation else SCHEMA.as_str())


def token(
    *,
    role: Annotated[Role, typer.Option(case_sensitive=False, help="Whom it is for.")],
    subject: Annotated[
        str, typer.Option(help="Their name in the audit trail.")
    ] = "operator@command-line",
    customer: Annotated[
        str | None, typer.Option(help="A shopper's customer id: customer_…")
    ] = None,
    location: Annotated[
        list[str] | None, typer.Option(help="A location's code or id; may be repeated.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="A channel's name or id; may be repeated.")
    ] = None,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="Only these scopes; may be repeated. A partner has none without."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is valid.")] = 30,
    key: Annotated[
        str | None,
        typer.Option(help="Make an API key of this name instead; the store keeps a hash of it."),
    ] = None,
) -> None:
    """Print an access token of the built-in issuer, signed with GATEWAY_SECRET_KEY."""
    if role is Role.SHOPPER and not customer:
        fail("a shopper's token needs --customer: they see their own orders only", SET_UP_WRONG)
    if customer and not customer.startswith(f"{CUSTOMER}_"):
        fail(f"--customer: {customer} is not the id of a customer", SET_UP_WRONG)
    asked = frozenset(scope) if scope else UNASKED[role]
    principal = Principal(
        role=role,
        subject=subject,
        scopes=asked,
        customer_id=customer,
        location_ids=frozenset(_location(one) for one in location or ()),
        channel_ids=frozenset(_channel(one) for one in channel or ()),
    )
    if key:
        typer.echo(asyncio.run(_api_key(key, principal, timedelta(days=days))))
        return
    local = tokens.LocalTokens(setting.load().keys(tokens.PURPOSE), utc_now)
    typer.echo(local.mint(principal, timedelta(days=days)))


async def _api_key(name: str, principal: Principal, lifetime: timedelta) -> str:
    """Keep a new API key; return its text, kept nowhere. Raises: StoreAway, StoreBehind."""
    async with stores.opened(setting.load()) as units:
        _, text = await ApiKeys(units, utc_now).create(name, principal, utc_now() + lifetime)
    return text


def _location(named: str) -> str:
    return named if named.startswith(f"{LOCATION}_") else location_id(named)


def _channel(named: str) -> str:
    return named if named.startswith(f"{CHANNEL}_") else channel_id(named)
