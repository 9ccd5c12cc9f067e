"""Authentication: what proves nothing is refused alike, and no token is ever logged."""

import logging
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import cast

import jwt
import pytest
import structlog

from gateway.auth.api_keys import HELD_S, ApiKeys
from gateway.auth.authenticate import Authenticator
from gateway.auth.links import OrderLinks
from gateway.auth.oidc import Issuer, OidcTokens
from gateway.auth.principal import Principal
from gateway.auth.scopes import Role
from gateway.auth.tokens import LocalTokens
from gateway.errors import Unauthenticated
from gateway.store.unit import Units
from gateway.telemetry import logs
from tests.unit.auth.conftest import Turned

KEY = b"k" * 32
HOUR = timedelta(hours=1)
AGENT = Principal(role=Role.AGENT, subject="ann")


@pytest.fixture
def authenticator(units: Units, clock: Turned) -> Authenticator:
    """Built-in tokens and API keys; no OpenID issuer."""
    keys = ApiKeys(units, clock, clock.ticks)
    return Authenticator(local=LocalTokens([KEY], clock), keys=keys, clock=clock)


async def test_a_token_and_a_key_pass_as_bearer(authenticator: Authenticator) -> None:
    """One scheme for both; its name in any case."""
    token = authenticator.local.mint(AGENT, HOUR)
    _, key = await authenticator.keys.create("ann's", AGENT)
    assert (await authenticator.authenticate(f"Bearer {token}")).subject == "ann"
    assert (await authenticator.authenticate(f"bearer  {key}")).subject == "ann"


def refused(authenticator: Authenticator, clock: Turned) -> dict[str, str | None]:
    good = authenticator.local.mint(AGENT, HOUR)
    head, payload, signature = good.split(".")
    stranger = LocalTokens([b"s" * 32], clock)
    return {
        "none": None,
        "empty": "",
        "no credential": "Bearer ",
        "no scheme": good,
        "another scheme": f"Basic {good}",
        "two": f"Bearer {good} {good}",
        "garbage": "Bearer garbage",
        "a wrong key": f"Bearer gw_{'0' * 24}_{'x' * 43}",
        "expired": f"Bearer {authenticator.local.mint(AGENT, timedelta(seconds=-1))}",
        "strange": f"Bearer {stranger.mint(AGENT, HOUR)}",
        "unsigned": f"Bearer {head}.{payload}.",
        "signature of another": f"Bearer {head}.{payload}.{signature[::-1]}",
        "a link": f"Bearer {OrderLinks([KEY], clock).mint('order_1', HOUR)}",
    }


async def test_what_proves_nothing_is_refused_and_the_caller_learns_nothing(
    authenticator: Authenticator, clock: Turned
) -> None:
    """One answer for all, so that it cannot be probed."""
    texts = set()
    for name, header in refused(authenticator, clock).items():
        with pytest.raises(Unauthenticated) as caught:
            pytest.fail(f"{name} passed as {await authenticator.authenticate(header)}")
        texts.add(str(caught.value))
        assert caught.value.__suppress_context__ is True
    assert texts == {"the credential is missing or not valid"}


async def test_no_credential_is_ever_logged(authenticator: Authenticator, clock: Turned) -> None:
    """Neither good nor bad ones; the reason is."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = StringIO()
    logs.configure("debug", "json", stream=stream)
    try:
        _, key = await authenticator.keys.create("ann's", AGENT)
        token = authenticator.local.mint(AGENT, HOUR)
        headers = [*refused(authenticator, clock).values(), f"Bearer {token}", f"Bearer {key}"]
        for header in headers:
            try:
                await authenticator.authenticate(header)
            except Unauthenticated:
                pass
    finally:
        root.handlers[:], root.level = before
        structlog.reset_defaults()
    written = stream.getvalue()
    assert written.count("authentication.refused") == 13
    credentials = [header.split(" ")[1] for header in headers if header and " " in header]
    assert [one for one in credentials if len(one) > 8 and one in written] == []


class FakeOidc:
    """Knows one issuer; counts what it is asked to verify."""

    issuer = Issuer(url="https://login.example", audience="shop")

    def __init__(self) -> None:
        self.asked = 0

    async def verify(self, token: str) -> Principal:
        self.asked += 1
        return AGENT


async def test_a_token_is_verified_by_who_issued_it_and_by_nobody_else(
    authenticator: Authenticator, clock: Turned
) -> None:
    """What a token says of its issuer chooses whose keys it is checked with."""
    oidc = FakeOidc()
    both = replace(authenticator, oidc=cast(OidcTokens, oidc))
    ours = authenticator.local.mint(AGENT, HOUR)
    theirs = jwt.encode({"iss": "https://login.example"}, KEY, algorithm="HS256")
    foreign = jwt.encode({"iss": "https://evil.example"}, KEY, algorithm="HS256")
    await both.authenticate(f"Bearer {ours}")
    assert oidc.asked == 0
    assert await both.authenticate(f"Bearer {theirs}") == AGENT
    assert oidc.asked == 1
    for authorization in (f"Bearer {foreign}", f"Bearer {foreign}x"):
        with pytest.raises(Unauthenticated):
            await both.authenticate(authorization)
    assert oidc.asked == 1


async def test_a_long_life_ends_with_its_token(authenticator: Authenticator, clock: Turned) -> None:
    """A subscription asks again now and then."""
    token = authenticator.local.mint(AGENT, HOUR)
    ann = await authenticator.authenticate(f"Bearer {token}")
    clock.forward(minutes=59)
    await authenticator.recheck(ann)
    clock.forward(minutes=1)
    with pytest.raises(Unauthenticated):
        await authenticator.recheck(ann)


async def test_a_long_life_ends_with_its_key(
    authenticator: Authenticator, units: Units, clock: Turned
) -> None:
    """Revoked in another process, it ends within the time that a key is held."""
    key, text = await authenticator.keys.create("ann's", AGENT)
    ann = await authenticator.authenticate(f"Bearer {text}")
    await authenticator.recheck(ann)
    await ApiKeys(units, clock).revoke(key.id)
    clock.forward(seconds=HELD_S + 1)
    with pytest.raises(Unauthenticated):
        await authenticator.recheck(ann)
