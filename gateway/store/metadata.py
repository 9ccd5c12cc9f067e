"""The one MetaData that every table joins, and the column types that two databases share."""

import hashlib
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A counting key: SQLite counts by itself only in a column declared INTEGER."""


class Word(TypeDecorator[str]):
    """Text from outside that rows are found by, made to fit *length* characters, always the same
    way: what is looked for is made to fit as well, so it is found, and two that differ stay two.

    PostgreSQL refuses what is longer, and NUL; SQLite takes both. *bytewise*: compared byte by
    byte, so that the beginning of a word is a range.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int, *, bytewise: bool = False) -> None:
        super().__init__(length)
        self.length = length
        self.bytewise = bytewise

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        is_named = self.bytewise and dialect.name == "postgresql"
        return dialect.type_descriptor(String(self.length, collation="C" if is_named else None))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else fit(value, self.length)


class Prose(TypeDecorator[str]):
    """Text from outside that is only shown: of any length, without what PostgreSQL refuses."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(value)


def fit(text: str, length: int) -> str:
    """Return *text*, cleaned; the end of one that is too long becomes a digest of all of it."""
    whole = clean(text)
    if len(whole) <= length:
        return whole
    digest = hashlib.blake2b(whole.encode(), digest_size=10).hexdigest()
    return f"{whole[: length - len(digest) - 1]}~{digest}"


def clean(text: str) -> str:
    """Return *text* with U+FFFD for NUL and ``?`` for half of a surrogate pair."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()
