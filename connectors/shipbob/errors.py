"""ShipBob's refusals as errors, as a table. (401, 403, 429 and 5xx are the door's, sdk/http.py.)

Source: developer.shipbob.com/errors (422 is "Duplicate reference ID"), openapi-2026-01.json
(400, 404 and 422 of each operation; bodies are ``{field: [sentence]}``, or a problem of RFC 9457).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from connectors.sdk.errors import Conflict, Malformed, Missing, Rejected
from connectors.sdk.http import Response

LONGEST_REASON = 300
"""Characters of ShipBob's own words that an issue shows."""


class Operation(Enum):
    """What was asked: the same status means different things to different requests."""

    READ = auto()
    CREATE = auto()
    CANCEL = auto()
    TAKE_BACK = auto()


@dataclass(frozen=True, slots=True)
class _Rule:
    operation: Operation | None
    status: int
    phrase: str
    error: type[Rejected]
    code: str


# The first row that fits wins; *phrase* is looked for in lower case.
_RULES = (
    _Rule(Operation.CREATE, 422, "existing referenceid", Conflict, "duplicate_reference"),
    _Rule(Operation.CANCEL, 422, "", Conflict, "not_cancellable"),
    _Rule(None, 404, "", Missing, "not_found"),
    _Rule(None, 422, "", Rejected, "unprocessable"),
    _Rule(None, 400, "", Rejected, "bad_request"),
    _Rule(None, 409, "", Conflict, "conflict"),
)


def raise_for(operation: Operation, response: Response, private: Iterable[str] = ()) -> None:
    """Raise what the table says of an answer; a success passes.

    *private*: words of the request that are a person's. ShipBob quotes what it refuses, and an
    error's text must hold none of them.

    Raises: Rejected (Conflict, Missing).
    """
    if response.status < 400:
        return
    field, reason = _explanation(response)
    for rule in _RULES:
        if (
            rule.operation in (None, operation)
            and rule.status == response.status
            and rule.phrase in reason.lower()
        ):
            raise rule.error(_scrubbed(reason, private), code=rule.code, field=field)
    raise Rejected(_scrubbed(reason, private), code=f"http_{response.status}", field=field)


def is_duplicate(refusal: Rejected) -> bool:
    """True when ShipBob has an order with this reference already."""
    return refusal.code == "duplicate_reference"


def _explanation(response: Response) -> tuple[str | None, str]:
    """Return the field at fault, where one is named, and ShipBob's sentence."""
    try:
        body = response.json()
    except Malformed:
        body = None
    if isinstance(body, str) and body:
        return None, body
    if isinstance(body, dict):
        for key in ("detail", "title", "message"):
            if isinstance(body.get(key), str):
                return None, body[key]
        for field, sentences in body.items():
            if isinstance(sentences, list) and sentences and isinstance(sentences[0], str):
                return (None if field in ("", "errors") else field), " ".join(map(str, sentences))
    return None, f"HTTP {response.status} without a reason"


def _scrubbed(reason: str, private: Iterable[str]) -> str:
    """Leave out a person's words, and whatever else looks like an address or a number of one."""
    for word in sorted(filter(None, private), key=len, reverse=True):
        reason = re.sub(re.escape(word), "…", reason, flags=re.IGNORECASE)
    reason = re.sub(r"\S+@\S+", "…", reason)
    reason = re.sub(r"\+?\d[\d ().-]{6,}\d", "…", reason)
    return reason[:LONGEST_REASON]
