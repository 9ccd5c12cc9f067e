"""Documents as JSON text. Dataclasses in, the same dataclasses out, checked field by field."""

from functools import cache
from typing import TypeVar

import msgspec

T = TypeVar("T")

_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def encode(value: object) -> str:
    """Return *value* as JSON text. Equal values give equal text."""
    return _encoder.encode(value).decode()


def decode(type_: type[T], text: str | bytes) -> T:
    """Return the *type_* that `encode` wrote. Raises: msgspec.ValidationError (a bug)."""
    return _decoder(type_).decode(text)  # type: ignore[no-any-return, arg-type]


@cache
def _decoder(type_: type) -> msgspec.json.Decoder:  # type: ignore[type-arg]
    return msgspec.json.Decoder(type_)
