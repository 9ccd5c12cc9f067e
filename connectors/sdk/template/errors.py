"""Acme's refusals -> ours, which say who must act next: a table.

``{"error": {"code": "order_shipped", "message": "..."}}``. What has no line is Rejected. 401, 403,
429 and 5xx never come here: `Http.send` has raised them.

Source: acme.example/docs/errors.
"""

from collections.abc import Mapping

from connectors.sdk import errors
from connectors.sdk.http import Response

OF_CODE: Mapping[str, type[errors.Rejected]] = {
    "not_found": errors.Missing,
    "order_shipped": errors.Conflict,
}
LONGEST_MESSAGE = 200
"""Characters of their own text that are kept: enough for a reason, not for a document."""


def refusal(response: Response) -> errors.ConnectorError:
    """Return the error that a 4xx answer means."""
    stated = _stated(response)
    code = str(stated.get("code") or f"HTTP_{response.status}")
    if response.status == 404 and not stated:
        # A proxy's 404, or another system's. "Missing" would read as "deleted".
        return errors.Misconfigured("url: answers 404, and not as it should")
    message = f"{code}: {stated.get('message') or 'no reason given'}"[:LONGEST_MESSAGE]
    return OF_CODE.get(code, errors.Rejected)(message, code=code)


def _stated(response: Response) -> Mapping[str, object]:
    """The error within the body; nothing when the body is not theirs: proxies answer too."""
    try:
        body = response.json()
    except errors.Malformed:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}
