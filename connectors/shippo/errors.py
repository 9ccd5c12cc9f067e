"""Shippo's refusals -> ours: tables.

A refused request is ``{"rate": ["This field is required."]}``, ``{"detail": "..."}`` or
``{"title": "...", "detail": "..."}``, all with a status; a path that is none is a page of HTML. A
purchase that the carrier refuses is a Transaction of status ERROR, with 201, and says why in its
messages: ``{"source": "UPS", "code": "carrier_timeout", "text": "..."}``.
"""

from typing import Any

from connectors.sdk import errors

LONGEST_MESSAGE = 200
"""Characters of Shippo's own text that are kept: enough for a reason, not for a document."""

OF_STATUS: dict[int, type[errors.ConnectorError]] = {
    402: errors.Misconfigured,  # billing: the account cannot pay
    404: errors.Missing,
    409: errors.Conflict,
}

# Source: models.json, ResponseMessage: "UPS API did not respond. Please try again in a few
# minutes." The transaction is in ERROR all the same, so nothing was bought.
OF_CODE: dict[str, type[errors.NotApplied]] = {"carrier_timeout": errors.Unavailable}

UNSAID = "no reason given"


def refusal(status: int, body: object) -> errors.ConnectorError:
    """Return the error that a 4xx answer means. *body* may be anything: a proxy can answer too."""
    field, reason = _reason(body)
    named = f"{field}: {reason}" if field else reason
    message = f"HTTP {status}: {named}"[:LONGEST_MESSAGE]
    kind = OF_STATUS.get(status, errors.Rejected)
    if issubclass(kind, errors.Rejected):
        return kind(message, code=f"HTTP {status}", field=field)
    return kind(message)


def _reason(body: object) -> tuple[str | None, str]:
    """The first field at fault, by its path, and what is said of it."""
    if not isinstance(body, dict) or not body:
        return None, UNSAID
    said = body.get("detail") or body.get("title")
    if isinstance(said, str):
        return None, said
    return _first(next(iter(body)), next(iter(body.values())))


def _first(path: str, said: Any) -> tuple[str, str]:
    """Go down ``{"parcels": [{"length": ["This field is required."]}]}`` to the first text."""
    while isinstance(said, list | dict) and said:
        if isinstance(said, dict):
            key = next(iter(said))
            path, said = f"{path}.{key}", said[key]
        else:
            said = said[0]
    return path, said if isinstance(said, str) else UNSAID


def of_messages(what: str, listed: object) -> errors.ConnectorError:
    """Return the error that the carriers' own words mean. *what* was refused, for certain."""
    messages = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    said = [f"{one.get('source') or 'Shippo'}: {one.get('text') or UNSAID}" for one in messages]
    message = f"{what}: {'; '.join(said) or UNSAID}"[:LONGEST_MESSAGE]
    codes = [str(one["code"]) for one in messages if one.get("code")]
    for code in codes:
        if code in OF_CODE:
            return OF_CODE[code](message)
    return errors.Rejected(message, code=codes[0] if codes else "ERROR")
