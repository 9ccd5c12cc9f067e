"""Signature checks that connectors share."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk import signatures
from connectors.sdk.errors import SignatureInvalid

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_digest_is_that_of_the_joined_parts() -> None:
    """RFC 4231, test case 2, whole and in parts; and as base64."""
    wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signatures.sha256(b"Jefe", b"what do ya want for nothing?").hex() == wanted
    assert signatures.sha256(b"Jefe", b"what do ya want ", b"for nothing?").hex() == wanted
    encoded = base64.b64encode(bytes.fromhex(wanted)).decode()
    assert signatures.sha256_base64(b"Jefe", b"what do ya want for nothing?") == encoded


def test_a_match_is_any_of_those_expected() -> None:
    """Under either of two secrets, in either place."""
    signatures.require_match("b", ["a", "b"], "x-signature")
    signatures.require_match("b", ["b", "a"], "x-signature")
    signatures.require_match("b", iter(["b"]), "x-signature")


@pytest.mark.parametrize("given_", [None, "", "c", "B", "bb", "\ud800", "ü", "b "])
def test_what_does_not_match_is_refused_by_its_headers_name(given_: str | None) -> None:
    """What was expected is not told."""
    with pytest.raises(SignatureInvalid) as refused:
        signatures.require_match(given_, ["a", "b"], "x-signature")
    assert str(refused.value) == "x-signature does not match"


@pytest.mark.parametrize("expected", [[], [""]])
def test_nothing_matches_nothing(expected: list[str]) -> None:
    """An empty header is no signature, even where an empty one is expected."""
    for stated in (None, "", "a"):
        with pytest.raises(SignatureInvalid):
            signatures.require_match(stated, expected, "x-signature")


@given(st.text(max_size=40), st.text(max_size=40))
def test_only_the_very_text_matches(stated: str, expected: str) -> None:
    """No two texts are taken for one another."""
    try:
        signatures.require_match(stated, [expected], "x-signature")
    except SignatureInvalid:
        assert stated != expected or not stated
    else:
        assert stated == expected


@pytest.mark.parametrize(("seconds", "is_fresh"), [(0, True), (300, True), (301, False)])
@pytest.mark.parametrize("way", [1, -1])
def test_fresh_is_within_five_minutes_either_way(seconds: int, is_fresh: bool, way: int) -> None:
    """Clocks differ: what comes from the near future is as good as what is a little old."""
    sent_at = NOW + way * timedelta(seconds=seconds)
    if is_fresh:
        signatures.require_fresh(sent_at, NOW)
        return
    with pytest.raises(SignatureInvalid, match="within five minutes"):
        signatures.require_fresh(sent_at, NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_without_a_secret_nothing_is_checked_against(secrets: list[str]) -> None:
    """Denied by default; one that is none beside one that is will do."""
    with pytest.raises(SignatureInvalid, match="no webhook secret"):
        signatures.require_secrets(secrets)
    signatures.require_secrets([*secrets, "s"])


def test_every_expected_signature_is_looked_at() -> None:
    """Whichever matches: how long it takes tells nothing of which secret it was."""
    left = iter(["a", "b", "c"])
    signatures.require_match("a", left, "x-signature")
    assert list(left) == []
