"""FedEx's refusals -> ours: a table, read at the first match.

``{"errors": [{"code": "TRACKING.TRACKINGNUMBER.EMPTY", "message": "..."}]}``; the same code and
message stand within an answer of 200, beside the number that they are about.
"""

from typing import Any

from connectors.sdk import errors

LONGEST_MESSAGE = 200
"""Characters of FedEx's own text that are kept: enough for a reason, not for a document."""

# Source: TrackingNumbers.json, APIAuthorization.json (2025-10) examples; recorded answers for
# NOTFOUND and INVALID.
OF_CODE: dict[str, type[errors.ConnectorError]] = {
    "TRACKING.TRACKINGNUMBER.NOTFOUND": errors.Missing,
    "TRACKING.TRACKINGNUMBER.INVALID": errors.Missing,
    "TRACKING.TRACKINGNUMBER.EMPTY": errors.Missing,
    # Not a parcel: "the resource you requested is no longer available" is the address.
    "NOT.FOUND.ERROR": errors.Misconfigured,
    "NOT.AUTHORIZED.ERROR": errors.Misconfigured,
    "FORBIDDEN.ERROR": errors.Misconfigured,
    "INTERNAL.SERVER.ERROR": errors.Unavailable,
    "SERVICE.UNAVAILABLE.ERROR": errors.Unavailable,
}


def refusal(status: int, body: Any) -> errors.ConnectorError:
    """Return the error that a 4xx answer means. *body* may be anything: a proxy can answer too."""
    listed = body.get("errors") if isinstance(body, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else None
    if status == 404 and not isinstance(first, dict):
        return errors.Misconfigured("url: answers 404, and not as FedEx does")
    code, message = _said(first, f"HTTP {status}")
    kind = OF_CODE.get(code, errors.Rejected)
    return kind(message, code=code) if issubclass(kind, errors.Rejected) else kind(message)


def about_number(stated: Any) -> errors.Rejected:
    """Return what ``{"code", "message"}`` beside a number means: it is missing, or refused for a
    reason of its own, whatever that is; it says nothing of the other numbers."""
    code, message = _said(stated, "no result")
    is_missing = OF_CODE.get(code) is errors.Missing
    return (errors.Missing if is_missing else errors.Rejected)(message, code=code)


def _said(stated: Any, otherwise: str) -> tuple[str, str]:
    error = stated if isinstance(stated, dict) else {}
    code = str(error.get("code") or otherwise)
    return code, f"{code}: {error.get('message') or 'no reason given'}"[:LONGEST_MESSAGE]
