"""Tokens of the built-in issuer, and links of guests: what is refused, and what passes."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.auth import tokens
from gateway.auth.links import OrderLinks
from gateway.auth.principal import Principal
from gateway.auth.scopes import Role, Scope
from gateway.auth.tokens import LocalTokens
from gateway.errors import Unauthenticated
from tests.unit.auth.conftest import Turned

KEY, OTHER_KEY, LINK_KEY = b"k" * 32, b"o" * 32, b"l" * 32
HOUR = timedelta(hours=1)
ADA = Principal(
    role=Role.SHOPPER,
    subject="ada",
    customer_id="customer_1",
    scopes=frozenset({Scope.ORDERS_READ}),
)
CLERK = Principal(
    role=Role.ASSOCIATE,
    subject="clerk",
    location_ids=frozenset({"location_1", "location_2"}),
    channel_ids=frozenset({"channel_1"}),
    scopes=frozenset({Scope.FULFILLMENT_READ, Scope.FULFILLMENT_WRITE}),
)


@pytest.fixture
def local(clock: Turned) -> LocalTokens:
    """The built-in issuer."""
    return LocalTokens([KEY], clock)


def facts(principal: Principal) -> dict[str, object]:
    names = ("role", "subject", "customer_id", "location_ids", "channel_ids", "scopes")
    return {name: getattr(principal, name) for name in names}


@pytest.mark.parametrize("principal", [ADA, CLERK])
def test_a_minted_token_proves_its_principal_until_it_expires(
    principal: Principal, local: LocalTokens, clock: Turned
) -> None:
    """Everything about them comes back, and when it ends."""
    token = local.mint(principal, HOUR)
    proven = local.verify(token)
    assert facts(proven) == facts(principal)
    assert proven.expires_at == clock.now + HOUR
    clock.forward(minutes=59, seconds=59)
    assert facts(local.verify(token)) == facts(principal)
    clock.forward(seconds=1)
    with pytest.raises(Unauthenticated):
        local.verify(token)


def test_a_former_key_still_verifies_and_a_strange_one_does_not(clock: Turned) -> None:
    """Keys rotate without anyone being signed out."""
    token = LocalTokens([OTHER_KEY], clock).mint(ADA, HOUR)
    assert LocalTokens([KEY, OTHER_KEY], clock).verify(token).subject == "ada"
    with pytest.raises(Unauthenticated):
        LocalTokens([KEY], clock).verify(token)


def signed(clock: Turned, key: bytes = KEY, algorithm: str = "HS256", **changed: Any) -> str:
    """A token as the issuer would sign it, with some claims changed; None leaves one out."""
    now = int(clock.now.timestamp())
    payload: dict[str, Any] = {
        "iss": "gateway",
        "aud": "gateway",
        "sub": "ada",
        "role": "AGENT",
        "iat": now,
        "exp": now + 60,
    } | changed
    kept = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


def test_the_unchanged_token_of_these_tests_passes(clock: Turned, local: LocalTokens) -> None:
    """Otherwise the refusals below would prove nothing."""
    assert local.verify(signed(clock)).role == Role.AGENT


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "someone else"},
        {"iss": None},
        {"aud": "order-link"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
        {"exp": 1},
        {"exp": "never"},
        {"exp": True},
        {"exp": 1e400},
        {"iat": None},
        {"iat": 9999999999},
        {"nbf": 9999999999},
        {"role": None},
        {"role": "ROOT"},
        {"role": ["ADMIN"]},
        {"role": "SHOPPER"},
        {"role": "SHOPPER", "customer_id": ""},
        {"scope": ["admin"]},
        {"location_ids": "location_1"},
        {"key": OTHER_KEY},
        {"algorithm": "HS512", "key": KEY * 2},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_key_or_algorithm_is_refused(
    changed: dict[str, Any], clock: Turned, local: LocalTokens
) -> None:
    """Each of these differs from a good token in one thing."""
    with pytest.raises(Unauthenticated):
        local.verify(signed(clock, **changed))


def part(value: object) -> str:
    text = json.dumps(value) if not isinstance(value, str) else value
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unsigned(clock: Turned, header: object, signature: str = "") -> str:
    payload = signed(clock).split(".")[1]
    return f"{part(header)}.{payload}.{signature}"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, "HS384", "RS256", 7, []])
def test_a_token_that_names_another_algorithm_is_refused(
    algorithm: object, clock: Turned, local: LocalTokens
) -> None:
    """`none` above all, with and without something in the signature's place."""
    for signature in ("", "c2ln", signed(clock).split(".")[2]):
        with pytest.raises(Unauthenticated):
            local.verify(unsigned(clock, {"alg": algorithm, "typ": "JWT"}, signature))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "é.é.é",
        "x" * 9000,
        f"{'x' * 3000}.{'x' * 3000}.{'x' * 3000}",
        f"{part('null')}.{part('null')}.c2ln",
        f"{part('[' * 4000)}.{part('[' * 1000)}.c2ln",
        f"{part({'alg': 'HS256'})}.{part('{' + chr(0) + '}')}.c2ln",
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_token_is_refused_and_never_an_error_of_another_kind(
    text: str, local: LocalTokens
) -> None:
    """Garbage, deep nesting, overlong texts."""
    with pytest.raises(Unauthenticated):
        local.verify(text)
    with pytest.raises(Unauthenticated):
        tokens.issuer_of(text)


FIXED = Turned()
TOKEN = LocalTokens([KEY], FIXED).mint(ADA, HOUR)
LINK = OrderLinks([LINK_KEY], FIXED).mint("order_1", HOUR)
ALPHABET = st.sampled_from("".join(map(chr, range(32, 127))) + "é\n")


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """*text* with one character replaced, dropped or added, or a piece cut off."""
    at = draw(st.integers(0, len(text) - 1))
    kind = draw(st.sampled_from(["replace", "drop", "add", "cut"]))
    if kind == "cut":
        return text[:at]
    rest = text[at:] if kind == "add" else text[at + 1 :]
    return text[:at] + ("" if kind == "drop" else draw(ALPHABET)) + rest


@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much])
@given(mutated(TOKEN).filter(lambda text: text != TOKEN))
def test_no_mutated_token_passes(text: str) -> None:
    """Not even one that decodes to the same bytes."""
    with pytest.raises(Unauthenticated):
        LocalTokens([KEY], FIXED).verify(text)


def test_every_change_of_the_last_character_is_refused() -> None:
    """The last base64 character has spare bits: four texts decode to one signature."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    passed = []
    for character in alphabet:
        try:
            LocalTokens([KEY], FIXED).verify(TOKEN[:-1] + character)
            passed.append(character)
        except Unauthenticated:
            pass
    assert passed == [TOKEN[-1]]


def test_padding_makes_no_second_text_of_a_token() -> None:
    """Some decoders take it, at the end of any part."""
    passed = []
    for at in range(3):
        for padding in ("=", "==", "==="):
            parts = TOKEN.split(".")
            parts[at] += padding
            try:
                passed.append(LocalTokens([KEY], FIXED).verify(".".join(parts)))
            except Unauthenticated:
                pass
    assert passed == []


@settings(max_examples=100, suppress_health_check=[HealthCheck.filter_too_much])
@given(mutated(LINK).filter(lambda text: text != LINK))
def test_no_mutated_link_opens(text: str) -> None:
    """A link to another order cannot be made of one to mine."""
    with pytest.raises(Unauthenticated):
        OrderLinks([LINK_KEY], FIXED).open(text)


def test_a_link_shows_one_order_until_it_expires(clock: Turned) -> None:
    """A guest reads that order and nothing else."""
    links = OrderLinks([LINK_KEY], clock)
    link = links.mint("order_1", HOUR)
    holder = links.open(link)
    assert (holder.order_id, holder.is_guest, holder.customer_id) == ("order_1", True, None)
    assert holder.scopes == {Scope.ORDERS_READ, Scope.RETURNS_READ}
    clock.forward(hours=1)
    with pytest.raises(Unauthenticated):
        links.open(link)


def test_a_link_is_no_token_and_a_token_no_link(clock: Turned) -> None:
    """Even under one key: each names what it is for."""
    with pytest.raises(Unauthenticated):
        LocalTokens([KEY], clock).verify(OrderLinks([KEY], clock).mint("order_1", HOUR))
    with pytest.raises(Unauthenticated):
        OrderLinks([KEY], clock).open(LocalTokens([KEY], clock).mint(ADA, HOUR))
