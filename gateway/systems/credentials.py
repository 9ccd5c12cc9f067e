"""Credentials at rest: secrets of connections, encrypted under keys derived from the secret key.

Each connection has keys of its own, so that a row copied to another connection cannot be read.
After the secret key changes, the former one still opens (`GATEWAY_PREVIOUS_SECRET_KEYS`) until
everything has been sealed again.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from gateway.settings import ConfigurationError

Keys = Callable[[str], tuple[bytes, ...]]
"""`Settings.keys`: keys for a purpose, the current one first."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and opens. Fernet: AES-128-CBC with HMAC-SHA256, a fresh nonce each time.

    What is sealed for one *purpose* is not opened for another.
    """

    keys: Keys
    purpose: str = "credentials of"

    def seal(self, connection: str, secrets: object) -> str:
        """Return *secrets* so that only this connection's keys open them."""
        return self._fernet(connection).encrypt(msgspec.json.encode(secrets)).decode()

    def open(self, connection: str, sealed: str, type_: type[T]) -> T:
        """Return what was sealed. Raises: ConfigurationError when no key fits."""
        try:
            plain = self._fernet(connection).decrypt(sealed)
        except InvalidToken:
            raise _unreadable(connection) from None
        return msgspec.json.decode(plain, type=type_)

    def reseal(self, connection: str, sealed: str) -> str:
        """Return the same secrets under the current key. Raises: ConfigurationError."""
        try:
            return self._fernet(connection).rotate(sealed).decode()
        except InvalidToken:
            raise _unreadable(connection) from None

    def _fernet(self, connection: str) -> MultiFernet:
        keys = self.keys(f"{self.purpose} {connection}")
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _unreadable(connection: str) -> ConfigurationError:
    return ConfigurationError(
        f"connections.{connection}: its credentials were sealed under another key;"
        " name that one in GATEWAY_PREVIOUS_SECRET_KEYS"
    )
