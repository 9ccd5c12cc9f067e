"""Tokens of an OpenID Connect issuer: its published keys, their rotation, its outages."""

import asyncio
import base64
import hmac
import json
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from connectors.sdk.errors import ConnectorError, Unavailable
from gateway.auth.oidc import COOLDOWN_S, FRESH_S, STALE_S, Issuer, OidcTokens, fetch_over
from gateway.auth.scopes import Role
from gateway.errors import Unauthenticated, UpstreamUnavailable
from tests.unit.auth.conftest import Turned

ISSUER = "https://login.example"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NEXT_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def published(key: Private, kid: str | None, **more: object) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else None
    of = algorithm or jwt.algorithms.ECAlgorithm
    entry: dict[str, Any] = json.loads(of.to_jwk(key.public_key()))  # type: ignore[arg-type]
    return {**entry, **({"kid": kid} if kid else {}), **more}


class FakeIssuer:
    """Publishes *keys*; counts how often it was asked for them."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.is_down = False
        self.named = ISSUER

    async def fetch(self, url: str) -> bytes:
        await asyncio.sleep(0)
        if self.is_down:
            self.asked += 1
            raise Unavailable("down")
        if url == f"{ISSUER}/.well-known/openid-configuration":
            return json.dumps({"issuer": self.named, "jwks_uri": f"{ISSUER}/keys"}).encode()
        assert url == f"{ISSUER}/keys"
        self.asked += 1
        return json.dumps({"keys": self.keys}).encode()


def verifier(issuer: FakeIssuer, clock: Turned, prefix: str = "") -> OidcTokens:
    of = Issuer(url=ISSUER, audience="shop", claim_prefix=prefix)
    return OidcTokens(of, issuer.fetch, clock, clock.ticks)


def issued(
    clock: Turned,
    key: Any = RSA_KEY,
    algorithm: str = "RS256",
    kid: str | None = "one",
    **changed: object,
) -> str:
    now = int(clock.now.timestamp())
    payload = {
        "iss": ISSUER,
        "aud": ["shop", "other"],
        "sub": "ada",
        "role": "SHOPPER",
        "customer_id": "customer_1",
        "iat": now,
        "exp": now + 3600 * 48,
    } | changed
    kept = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


async def test_tokens_signed_with_a_published_key_pass(clock: Turned) -> None:
    """RSA and elliptic curve, many tokens for one reading of the keys."""
    issuer = FakeIssuer(published(RSA_KEY, "one"), published(EC_KEY, "two"))
    oidc = verifier(issuer, clock)
    ada = await oidc.verify(issued(clock))
    assert (ada.role, ada.subject, ada.customer_id) == (Role.SHOPPER, "ada", "customer_1")
    await oidc.verify(issued(clock, EC_KEY, "ES256", "two"))
    assert issuer.asked == 1


async def test_a_token_without_key_id_passes_when_there_is_only_one_key(clock: Turned) -> None:
    """RFC 7515: kid is a hint, not a must."""
    one = verifier(FakeIssuer(published(RSA_KEY, None)), clock)
    assert (await one.verify(issued(clock, kid=None))).subject == "ada"
    several = FakeIssuer(published(RSA_KEY, "one"), published(NEXT_RSA_KEY, "two"))
    with pytest.raises(Unauthenticated):
        await verifier(several, clock).verify(issued(clock, kid=None))


async def test_claims_may_stand_behind_a_prefix_and_then_only_there(clock: Turned) -> None:
    """Issuers that namespace claims; what users write into plain claims proves nothing."""
    oidc = verifier(FakeIssuer(published(RSA_KEY, "one")), clock, prefix="https://shop.example/")
    token = issued(clock, **{"role": "ADMIN", "https://shop.example/role": "AGENT"})
    assert (await oidc.verify(token)).role == Role.AGENT
    with pytest.raises(Unauthenticated):
        await oidc.verify(issued(clock, role="ADMIN"))


@pytest.mark.parametrize(
    "changed",
    [
        {"key": NEXT_RSA_KEY},
        {"kid": "strange"},
        {"key": EC_KEY, "algorithm": "ES256"},
        {"algorithm": "RS512"},
        {"algorithm": "PS256"},
        {"key": None, "algorithm": "none"},
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"role": None},
        {"customer_id": None},
    ],
    ids=" ".join,
)
async def test_what_the_issuer_did_not_issue_for_us_is_refused(
    changed: dict[str, Any], clock: Turned
) -> None:
    """Foreign keys, algorithms outside the list, other audiences, dead tokens."""
    oidc = verifier(FakeIssuer(published(RSA_KEY, "one")), clock)
    with pytest.raises(Unauthenticated):
        await oidc.verify(issued(clock, **changed))


async def test_a_public_key_is_never_taken_for_a_shared_secret(clock: Turned) -> None:
    """RFC 8725 section 2.1: HS256 with the text of a public key as its secret."""
    oidc = verifier(FakeIssuer(published(RSA_KEY, "one")), clock)
    public = RSA_KEY.public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        header = b'{"alg":"HS256","typ":"JWT","kid":"one"}'
        signing_input = b".".join([base64url(header), issued(clock).split(".")[1].encode()])
        secret = public.public_bytes(encoding, spki)
        signature = base64url(hmac.digest(secret, signing_input, "sha256"))
        with pytest.raises(Unauthenticated):
            await oidc.verify(f"{signing_input.decode()}.{signature.decode()}")


def base64url(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


@pytest.mark.parametrize("more", [{"use": "enc"}, {"alg": "RS512"}])
async def test_a_key_published_for_something_else_is_not_used(
    more: dict[str, str], clock: Turned
) -> None:
    """An encryption key signs nothing."""
    oidc = verifier(FakeIssuer(published(RSA_KEY, "one", **more)), clock)
    with pytest.raises(Unauthenticated):
        await oidc.verify(issued(clock))


async def test_a_rotated_key_is_read_at_its_first_token(clock: Turned) -> None:
    """Nobody waits for a cache to expire."""
    issuer = FakeIssuer(published(RSA_KEY, "one"))
    oidc = verifier(issuer, clock)
    await oidc.verify(issued(clock))
    issuer.keys = [published(NEXT_RSA_KEY, "two")]
    clock.forward(seconds=COOLDOWN_S)
    await oidc.verify(issued(clock, NEXT_RSA_KEY, kid="two"))
    with pytest.raises(Unauthenticated):
        await oidc.verify(issued(clock))
    assert issuer.asked == 2


async def test_made_up_key_ids_cost_the_issuer_nothing(clock: Turned) -> None:
    """A flood of strange tokens asks once within the cooldown."""
    issuer = FakeIssuer(published(RSA_KEY, "one"))
    oidc = verifier(issuer, clock)
    for number in range(20):
        with pytest.raises(Unauthenticated):
            await oidc.verify(issued(clock, kid=f"made-up-{number}"))
    assert issuer.asked == 1


async def test_many_at_once_ask_the_issuer_once(clock: Turned) -> None:
    """The first caller reads, the others wait for it."""
    issuer = FakeIssuer(published(RSA_KEY, "one"))
    oidc = verifier(issuer, clock)
    await asyncio.gather(*(oidc.verify(issued(clock)) for _ in range(20)))
    assert issuer.asked == 1


async def test_an_outage_of_the_issuer_signs_nobody_out_for_a_day(clock: Turned) -> None:
    """The last known keys go on, and then no longer."""
    issuer = FakeIssuer(published(RSA_KEY, "one"))
    oidc = verifier(issuer, clock)
    token = issued(clock)
    await oidc.verify(token)
    issuer.is_down = True
    clock.forward(seconds=FRESH_S + 1)
    assert (await oidc.verify(token)).subject == "ada"
    clock.forward(seconds=STALE_S)
    with pytest.raises(UpstreamUnavailable):
        await oidc.verify(token)


async def test_an_issuer_that_was_never_reached_is_unavailable_and_not_hammered(
    clock: Turned,
) -> None:
    """The caller is told to come back, not that the token is wrong."""
    issuer = FakeIssuer()
    issuer.is_down = True
    oidc = verifier(issuer, clock)
    for _ in range(5):
        with pytest.raises(UpstreamUnavailable):
            await oidc.verify(issued(clock))
    assert issuer.asked == 1


async def test_a_discovery_document_of_another_issuer_is_not_believed(clock: Turned) -> None:
    """OpenID Connect Discovery section 4.3."""
    issuer = FakeIssuer(published(RSA_KEY, "one"))
    issuer.named = "https://evil.example"
    with pytest.raises(UpstreamUnavailable):
        await verifier(issuer, clock).verify(issued(clock))


async def test_keys_are_read_over_http(clock: Turned) -> None:
    """The same against a real server: discovery, then keys at an address with a query."""
    app = web.Application()

    async def discovery(request: web.Request) -> web.Response:
        url = f"http://{request.host}"
        return web.json_response({"issuer": url, "jwks_uri": f"{url}/keys?v=1"})

    async def keys(request: web.Request) -> web.Response:
        entries = [published(RSA_KEY, "one")] if request.query_string == "v=1" else []
        return web.json_response({"keys": entries})

    app.router.add_get("/.well-known/openid-configuration", discovery)
    app.router.add_get("/keys", keys)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("")).rstrip("/")
        oidc = OidcTokens(Issuer(url=url, audience="shop"), fetch_over(session), clock)
        assert (await oidc.verify(issued(clock, iss=url))).subject == "ada"
        with pytest.raises(ConnectorError, match="HTTP 404"):
            await fetch_over(session)(f"{url}/absent")
