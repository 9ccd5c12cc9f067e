"""UPS's refusals -> ours: a table, read at the first match.

``{"response": {"errors": [{"code": "TV1002", "message": "Invalid inquiry number"}]}}``
"""

from typing import Any

from connectors.sdk import errors

NOT_FOUND = "TW0001"
"""Said beside an answer of 200, as a warning: "Tracking Information Not Found"."""

LONGEST_MESSAGE = 200
"""Characters of UPS's own text that are kept: enough for a reason, not for a document."""

# Source: UPSTrackAlert.json (2026-07) "Error Codes"; the recorded refusals of karrio's tests.
OF_CODE: dict[str, type[errors.ConnectorError]] = {
    NOT_FOUND: errors.Missing,
    "TV1002": errors.Missing,  # "Invalid inquiry number": of no form that UPS gives out
    "UJ0001": errors.Misconfigured,
    "250002": errors.Misconfigured,
    "250003": errors.Misconfigured,
    "251004": errors.Misconfigured,
    "10004": errors.Unavailable,
}


def refusal(status: int, body: Any) -> errors.ConnectorError:
    """Return the error that a 4xx answer means. *body* may be anything: a proxy can answer too."""
    error = _first(body)
    code = str(error.get("code") or f"HTTP {status}")
    message = f"{code}: {error.get('message') or 'no reason given'}"[:LONGEST_MESSAGE]
    if status == 404 and not error:
        return errors.Misconfigured("url: answers 404, and not as UPS does")
    kind = OF_CODE.get(code) or (errors.Missing if status == 404 else errors.Rejected)
    return kind(message, code=code) if issubclass(kind, errors.Rejected) else kind(message)


def _first(body: Any) -> dict[str, Any]:
    response = body.get("response") if isinstance(body, dict) else None
    listed = response.get("errors") if isinstance(response, dict) else None
    found = listed[0] if isinstance(listed, list) and listed else None
    return found if isinstance(found, dict) else {}
