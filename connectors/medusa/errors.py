"""Medusa's answers that say no, as errors of ours: HTTP status and ``{"type", "message"}``.

Source: Medusa 2.21.2, ``@medusajs/framework`` ``http/middlewares/error-handler``. Some refusals
(``invalid_argument``, ``unexpected_state``) come as HTTP 500: of a write nobody can tell them from
a failure, so the plans look before they write.
"""

from collections.abc import Mapping

from connectors.sdk.errors import (
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
)
from connectors.sdk.http import Response

TYPES: dict[str, type[Rejected]] = {
    "not_found": Missing,
    "not_allowed": Conflict,
    "conflict": Conflict,
    "duplicate_error": Conflict,
    "invalid_data": Rejected,
    "payment_authorization_error": Rejected,
}
"""``type`` of an answer; one not listed is Rejected."""

MOST_MESSAGE_CHARS = 300
"""Of the shop's own words: enough to act on, and no page of them."""


def data(response: Response) -> Mapping[str, object]:
    """Return an answer's JSON.

    Raises: Rejected, Conflict, Missing; Misconfigured when no Admin API answers; Malformed when it
    is no object.
    """
    if response.status >= 400:
        raise _refusal(response)
    answer = response.json()
    if not isinstance(answer, Mapping):
        raise Malformed("answer: not an object")
    return answer


def _refusal(response: Response) -> Rejected | Misconfigured:
    try:
        answer = response.json()
    except Malformed:
        answer = None
    kind = answer.get("type") if isinstance(answer, Mapping) else None
    if not isinstance(answer, Mapping) or not isinstance(kind, str):
        return Misconfigured(f"url: no Admin API answers there: HTTP {response.status}")
    message = str(answer.get("message"))[:MOST_MESSAGE_CHARS]
    return TYPES.get(kind, Rejected)(message, code=kind)
