"""Cursors: opaque to callers, sealed so that none can be made up.

A cursor names the list it is of and a place in it. A short keyed hash makes a forged, foreign or
cut one an error instead of a page that silently begins somewhere else.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from gateway.errors import InvalidInput

_MAC_BYTES = 6
"""Against mistakes and mischief, not for access: a cursor opens no row by itself."""


@dataclass(frozen=True, slots=True)
class Cursors:
    """Seals and opens. *key* is the installation's: cursors of another are foreign."""

    key: bytes

    def seal(self, of: str, *place: int | str) -> str:
        """Return the cursor of *place* in the list *of*."""
        text = msgspec.json.encode([of, *place])
        return base64.urlsafe_b64encode(self._mac(text) + text).decode().rstrip("=")

    def open(self, of: str, cursor: str, field: str) -> Sequence[int | str]:
        """Return the place that *cursor* names. Raises: InvalidInput, naming *field*."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            mac, text = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
            if hmac.compare_digest(mac, self._mac(text)):
                kind, *place = msgspec.json.decode(text, type=list[int | str])
                if kind == of:
                    return place
        except (binascii.Error, ValueError, msgspec.DecodeError):
            pass
        raise InvalidInput("not a cursor of this list", path=(field,))

    def _mac(self, text: bytes) -> bytes:
        return hmac.new(self.key, text, hashlib.sha256).digest()[:_MAC_BYTES]
