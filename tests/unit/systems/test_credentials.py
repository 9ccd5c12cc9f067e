"""Credentials: sealed under derived keys, each connection's its own, and they rotate."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.settings import ConfigurationError, load
from gateway.systems.credentials import Vault

OLD, NEW = "old-secret-key-" * 3, "new-secret-key-" * 3
SECRETS = {"token": "shpat_0123456789"}


def vault(*secret_keys: str) -> Vault:
    current, *previous = secret_keys
    return Vault(load(secret_key=current, previous_secret_keys=",".join(previous)).keys)


@settings(max_examples=30)
@given(st.dictionaries(st.text(), st.text(max_size=100), max_size=5))
def test_what_is_sealed_opens_again(secrets: dict[str, str]) -> None:
    """Any text."""
    sealed = vault(NEW).seal("shop-us", secrets)
    assert vault(NEW).open("shop-us", sealed, dict[str, str]) == secrets


def test_sealed_text_shows_nothing_and_differs_each_time() -> None:
    """Not even that two connections share a secret."""
    first, second = (vault(NEW).seal("shop-us", SECRETS) for _ in range(2))
    assert first != second
    assert "shpat" not in first


def test_another_connections_row_cannot_be_opened() -> None:
    """Copying a row does not lend its rights."""
    sealed = vault(NEW).seal("shop-us", SECRETS)
    with pytest.raises(ConfigurationError, match=r"connections\.shop-eu"):
        vault(NEW).open("shop-eu", sealed, dict[str, str])


def test_a_former_key_opens_until_everything_is_sealed_again() -> None:
    """Rotation without downtime: both, reseal, only the new one."""
    sealed = vault(OLD).seal("shop-us", SECRETS)
    assert vault(NEW, OLD).open("shop-us", sealed, dict[str, str]) == SECRETS
    resealed = vault(NEW, OLD).reseal("shop-us", sealed)
    assert vault(NEW).open("shop-us", resealed, dict[str, str]) == SECRETS
    for refuse in (vault(NEW).open, lambda *given: vault(NEW).reseal(*given[:2])):
        with pytest.raises(ConfigurationError, match="GATEWAY_PREVIOUS_SECRET_KEYS"):
            refuse("shop-us", sealed, dict[str, str])


@settings(max_examples=30)
@given(st.data())
def test_a_changed_text_is_refused(data: st.DataObject) -> None:
    """It is authenticated, not only encrypted."""
    sealed = vault(NEW).seal("shop-us", SECRETS)
    at = data.draw(st.integers(0, len(sealed) - 5))
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    with pytest.raises(ConfigurationError):
        vault(NEW).open("shop-us", changed, dict[str, str])
