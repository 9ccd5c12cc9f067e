"""EasyPost's refusals -> ours: a table, read at the first match.

``{"error": {"code": "PARAMETER.REQUIRED", "message": "...", "errors": [{"field": "shipment"}]}}``
"""

from typing import Any

from connectors.sdk import errors

NOT_FOUND = "NOT_FOUND"
POSTAGE_EXISTS = "SHIPMENT.POSTAGE.EXISTS"

LONGEST_MESSAGE = 200
"""Characters of EasyPost's own text that are kept: enough for a reason, not for a document."""

# Source: docs.easypost.com/docs/errors (its list of codes) and the recorded refusals.
OF_CODE: dict[str, type[errors.ConnectorError]] = {
    NOT_FOUND: errors.Missing,
    "TRACKER.NOT_FOUND": errors.Missing,
    POSTAGE_EXISTS: errors.Conflict,
    "SHIPMENT.REFUND.UNAVAILABLE": errors.Conflict,
    # Sent on to the carrier, and its answer is not known: postage or a refund may exist.
    "SHIPMENT.PURCHASE.IN_PROGRESS": errors.Ambiguous,
    "SHIPMENT.POSTAGE.NO_RESPONSE": errors.Ambiguous,
    "SHIPMENT.POSTAGE.TIMED_OUT": errors.Ambiguous,
    "REFUND.NO_RESPONSE": errors.Ambiguous,
}

OF_STATUS: dict[int, type[errors.ConnectorError]] = {
    402: errors.Misconfigured,  # billing: no money on the account
    404: errors.Missing,
    409: errors.Conflict,
}


def refusal(status: int, body: Any) -> errors.ConnectorError:
    """Return the error that a 4xx answer means. *body* may be anything: a proxy can answer too."""
    error = body.get("error") if isinstance(body, dict) else None
    found = error if isinstance(error, dict) else {}
    code = str(found.get("code") or f"HTTP {status}")
    message = f"{code}: {found.get('message') or 'no reason given'}"[:LONGEST_MESSAGE]
    if status == 404 and not found:
        return errors.Misconfigured("url: answers 404, and not as EasyPost does")
    kind = OF_CODE.get(code) or OF_STATUS.get(status) or errors.Rejected
    if issubclass(kind, errors.Rejected):
        return kind(message, code=code, field=_field(found.get("errors")))
    return kind(message)


def _field(listed: Any) -> str | None:
    """Name the first field at fault. EasyPost lists objects, or bare sentences, or nothing."""
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        field = listed[0].get("field")
        return field if isinstance(field, str) else None
    return None
