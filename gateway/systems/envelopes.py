"""Envelopes: a delivery as it is kept until it is read, so that nobody else reads it meanwhile.

What a system sends holds people's data, in some schemes the shared secret itself, and whatever else
somebody typed into a note.
"""

from typing import Any

import msgspec

from connectors.sdk.capabilities import RawDelivery
from gateway.systems.credentials import Keys, Vault


class _Letter(msgspec.Struct, frozen=True):
    url: str
    headers: dict[str, str]
    body: bytes


class Envelopes:
    """Seals deliveries under keys of their connection."""

    def __init__(self, keys: Keys) -> None:
        self._vault = Vault(keys, "deliveries of")

    def seal(self, connection: str, raw: RawDelivery) -> bytes:
        letter = _Letter(url=raw.url, headers=dict(raw.headers), body=raw.body)
        return self._vault.seal(connection, letter).encode()

    def open(self, connection: str, row: Any) -> RawDelivery:
        """Return what a row of the inbox keeps. Raises: ConfigurationError when no key fits."""
        if row["url"]:  # kept before deliveries were sealed
            headers = msgspec.json.decode(row["headers"], type=dict[str, str])
            return RawDelivery(url=row["url"], headers=headers, body=row["body"])
        letter = self._vault.open(connection, row["body"].decode(), _Letter)
        return RawDelivery(url=letter.url, headers=letter.headers, body=letter.body)
