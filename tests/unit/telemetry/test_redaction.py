"""Redaction: secrets and persons are hidden, everything else stays readable."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry.redaction import (
    LONGEST_TEXT,
    REDACTED,
    conceal,
    is_hidden,
    mask,
    redact,
)


@pytest.mark.parametrize(
    "key",
    """authorization X-Api-Key accessToken webhook_secret client_secret password set-cookie email
    customerEmail phoneNumber shipping_address first_name lastName name IPAddress
    postalCode""".split(),
)
def test_secret_and_personal_keys_are_hidden(key: str) -> None:
    """However they are spelled."""
    assert is_hidden(key) is True


@pytest.mark.parametrize(
    "key",
    """connection event level order sku idempotency_key operation_name cardinality discarded
    shipment zippy description connector budget_left""".split(),
)
def test_ordinary_keys_are_shown(key: str) -> None:
    """Logs stay of use."""
    assert is_hidden(key) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail from ada@shop.example today", "mail from [email] today"),
        ("GET /find?mail=ada%40shop.example", "GET /find?mail=[email]"),
        ("Authorization: Bearer abc.def-123456", f"Authorization: Bearer {REDACTED}"),
        ("sent basic YWRhOmh1bnRlcjI=", f"sent basic {REDACTED}"),
        ("token=abcdef&first=10", f"token={REDACTED}&first=10"),
        ('{"api_key": "abcdef", "page": 2}', f'{{"api_key": "{REDACTED}", "page": 2}}'),
        ("X-Api-Key: k3yk3yk3y", f"X-Api-Key: {REDACTED}"),
        ("'password': 'correct horse'", f"'password': '{REDACTED}'"),
        ("jwt eyJhbGciOiJ.eyJzdWIiOiJ.c2ln end", f"jwt {REDACTED} end"),
        ("key gw_4r7k2m_c29tZXNlY3JldA refused", f"key {REDACTED} refused"),
        ("postgresql+asyncpg://u:hunter2@db/shop", f"postgresql+asyncpg://{REDACTED}@db/shop"),
        ("paid by 4111 1111 1111 1111.", "paid by [card]."),
        ("paid by 378282246310005", "paid by [card]"),
        ("4 1 1 1-1 1 1 1-1 1 1 1-1 1 1 1", "[card]"),
        ("call +1 (775) 555-0100 now", "call [phone] now"),
        (
            "(IntegrityError)\n[SQL: INSERT]\n[parameters: ('Ada', [1])]\n(Background)",
            "(IntegrityError)\n[SQL: INSERT]\n[parameters hidden]\n(Background)",
        ),
    ],
)
def test_what_looks_secret_or_personal_is_masked_inside_texts(text: str, expected: str) -> None:
    """The rest of the text stays."""
    assert mask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "order 5678901234567 of 2025-11-22T10:00:00+00:00",
        "4111 1111 1111 1112 fails its check digit",
        "gid://shopify/Order/450789469",
        "https://shop.example:8443/admin/orders",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "1,250 tokens left",
        "token: not one of ours",
        "the access token: expired",
    ],
)
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    """Ids, times and addresses of systems are no secrets."""
    assert mask(text) == text


def test_a_concealed_secret_is_hidden_wherever_it_occurs() -> None:
    """Even where nothing around it looks secret."""
    conceal(["correct horse battery", "abc"])
    assert mask("reply: <b>correct horse battery</b> abc") == f"reply: <b>{REDACTED}</b> abc"


def test_an_overlong_text_is_cut() -> None:
    """A payload does not become a log line."""
    assert len(mask("x" * 10 * LONGEST_TEXT)) < LONGEST_TEXT + 40


def test_a_lone_surrogate_can_be_written() -> None:
    """Hostile input does not break the log."""
    assert mask("a\ud800b") == "a\\ud800b"


class _State(StrEnum):
    OPEN = "OPEN"


@dataclass(frozen=True)
class _Order:
    buyer: str


def test_values_are_redacted_at_every_depth_and_objects_are_only_named() -> None:
    """What is not plain data is never printed: its repr may hold anything."""
    value = {
        "order": _Order(buyer="Ada"),
        "state": _State.OPEN,
        "lines": [{"sku": "TEE", "email": "ada@shop.example"}, (1, Decimal("2.50"))],
        "cause": ValueError("no ada@shop.example"),
        "card_count": True,
        "total": 4111111111111111,
        "cursor": 5678901234567890,
        "rates": [Decimal("NaN"), 0.5, b"to ada@shop.example", datetime(2026, 1, 5, tzinfo=UTC)],
    }
    assert redact(value) == {
        "order": "<_Order>",
        "state": "OPEN",
        "lines": [{"sku": "TEE", "email": REDACTED}, [1, "2.50"]],
        "cause": "ValueError: no [email]",
        "card_count": REDACTED,
        "total": "[card]",
        "cursor": 5678901234567890,
        "rates": ["NaN", 0.5, "b'to [email]'", "2026-01-05 00:00:00+00:00"],
    }


def test_nesting_is_bounded() -> None:
    """A structure that contains itself is left, not followed."""
    value: dict[str, object] = {}
    value["again"] = value
    assert "<dict>" in str(redact(value))


@given(st.from_regex(r"[a-z0-9][a-z0-9.+_-]{0,20}", fullmatch=True), st.text(), st.text())
def test_no_address_survives(local: str, before: str, after: str) -> None:
    """Whatever stands around it."""
    address = f"{local}@shop.example"
    assert address not in mask(f"{before} {address} {after}")


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    """A line that passes two handlers stays readable."""
    once = mask(text)
    assert mask(once) == once
