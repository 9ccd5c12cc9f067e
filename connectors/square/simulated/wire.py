"""Square's JSON as a simulator writes it."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """An error answer."""

    def __init__(
        self,
        code: str,
        *,
        status: int = 400,
        category: str = "INVALID_REQUEST_ERROR",
        field: str | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        stated = {"category": category, "code": code, "detail": "refused", "field": field}
        self.body: Json = {"errors": [{key: value for key, value in stated.items() if value}]}


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def money(minor: int, currency: str) -> Json:
    return {"amount": minor, "currency": currency}


def number(quantity: Decimal) -> str:
    """``"3"``, ``"1.5"``, never ``"3E+1"``."""
    return f"{quantity.normalize():f}"


class Ids:
    """Ids that look like Square's and are the same in every run."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, length: int = 24) -> str:
        self._count += 1
        digest = hashlib.sha256(f"square-{self._count}".encode()).digest()
        return base64.b32encode(digest).decode()[:length]


class Cursors:
    """Opaque cursors: each belongs to one query, and holds what is left of its result.

    *limit* makes pages smaller than asked for, as Square may.
    """

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._left: dict[str, tuple[str, list[Json]]] = {}
        self.limit: int | None = None

    def page(self, query: Json, found: Sequence[Json], key: str, most: int) -> Json:
        """Return ``{key: [...], "cursor": "..."}``. Raises: Refused."""
        signature = repr(sorted((k, v) for k, v in query.items() if k != "cursor"))
        cursor = query.get("cursor")
        left = self._take(cursor, signature) if cursor else list(found)
        asked = int(query.get("limit") or most)
        size = min(asked, most, self.limit or most)
        answer: Json = {key: left[:size]} if left else {}
        if left[size:]:
            token = self._ids.new(32)
            self._left[token] = signature, left[size:]
            answer["cursor"] = token
        return answer

    def expire(self) -> None:
        """Forget every cursor handed out."""
        self._left.clear()

    def _take(self, cursor: str, signature: str) -> list[Json]:
        known, left = self._left.get(cursor, ("", []))
        if known != signature:
            raise Refused("INVALID_CURSOR", field="cursor")
        return left


class Keys:
    """Idempotency keys: the same request again gets the same answer, another one is refused."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], tuple[str, Json]] = {}

    def earlier(self, place: str, body: Json) -> Json | None:
        """Return the answer given before, None for a new key. Raises: Refused."""
        key = body.get("idempotency_key")
        if not key:
            raise Refused("MISSING_REQUIRED_PARAMETER", field="idempotency_key")
        known, answer = self._answers.get((place, key), (repr(body), None))
        if known != repr(body):
            raise Refused("IDEMPOTENCY_KEY_REUSED", field="idempotency_key")
        return answer

    def keep(self, place: str, body: Json, answer: Json) -> Json:
        self._answers[place, body["idempotency_key"]] = repr(body), answer
        return answer
