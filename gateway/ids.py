"""Ids: opaque to callers, typed by their prefix, and the same whoever makes them first.

``order_4r7k2m0c9x1h5t8b3w6q2n0p`` is ``order_`` and 24 characters of a hash. The id of something a
system states is derived from where it was seen (connection, kind, external id), so two processes
that take in the same record at once make one row, and a rebuilt projection has the ids of the old.
What nobody else names (an API key, an event) gets a random one.
"""

import hashlib
import re
import secrets
from typing import Final

from gateway.errors import InvalidInput

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in lower case: no i, l, o, u."""
_LENGTH: Final = 24
_SHAPE: Final = re.compile(rf"([a-z]+)_([{_ALPHABET}]{{{_LENGTH}}})")

ORDER: Final = "order"
LINE: Final = "line"
CUSTOMER: Final = "customer"
IDENTITY: Final = "identity"
PRODUCT: Final = "product"
VARIANT: Final = "variant"
LOCATION: Final = "location"
LEVEL: Final = "level"
FULFILLMENT_ORDER: Final = "fo"
SHIPMENT: Final = "shipment"
DELIVERY: Final = "delivery"
REFUND: Final = "refund"
RETURN: Final = "return"
EXCEPTION: Final = "exception"
CHANNEL: Final = "channel"
EVENT: Final = "event"
EFFECT: Final = "effect"
CONNECTION: Final = "connection"


def derive(prefix: str, *parts: str) -> str:
    """Return the id of what *parts* name: ``derive(ORDER, "shop-us", "42")``.

    Parts are length-prefixed before they are hashed: ("a", "bc") and ("ab", "c") differ.
    """
    text = "".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=15, person=prefix.encode()[:16]).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest))}"


def new(prefix: str) -> str:
    """Return a random id."""
    return f"{prefix}_{_base32(secrets.randbits(5 * _LENGTH))}"


def prefix_of(id: str) -> str:
    """Return ``"order"`` for an order's id. Raises: InvalidInput when *id* is none of ours."""
    found = _SHAPE.fullmatch(id)
    if not found:
        raise InvalidInput("not an id of this graph", path=("id",))
    return found[1]


def require(prefix: str, id: str) -> str:
    """Return *id* if it is a *prefix* id. Raises: InvalidInput."""
    if prefix_of(id) != prefix:
        raise InvalidInput(f"not the id of a {prefix}", path=("id",))
    return id


def _base32(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
