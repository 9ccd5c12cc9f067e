"""What Tryton answers when it does not do as asked, and the error each answer is.

Tryton says no in several ways, none of which has a stable code. REST answers 400 with ``{"status":
400, "message": "You can not call ...", "description": ""}``, 404 with a page of HTML, 409 and 423
when it wants a confirmation or was overtaken. JSON-RPC answers **200** with ``{"error":
["UserError", ["message", "description", domain]]}``. So it is the message that is looked at, in
English (`requests` asks for that). 401, 403, 429 and 5xx never come here: `sdk.http` raises them.

Source: trytond 8.2 protocols/wrappers.py (JSONBadRequest), protocols/jsonrpc.py (JSONProtocol).
"""

import re
from dataclasses import dataclass
from typing import Any

from connectors.sdk import errors
from connectors.sdk.http import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One known "no": Tryton's *message*, and the error and code that it becomes here."""

    message: re.Pattern[str]
    error: type[errors.Rejected]
    code: str


MESSAGES = (
    Refusal(message=re.compile(r"^You can not call "), error=errors.Conflict, code="state"),
    Refusal(
        message=re.compile(r"were modified in the meanwhile"), error=errors.Conflict, code="lock"
    ),
    Refusal(message=re.compile(r"that don't exist"), error=errors.Missing, code="missing"),
    Refusal(
        message=re.compile(r"not have a carrier set"), error=errors.Rejected, code="no_carrier"
    ),
    Refusal(
        message=re.compile(r"^You are not allowed to"), error=errors.Rejected, code="not_allowed"
    ),
    Refusal(message=re.compile(r"^A value is required"), error=errors.Rejected, code="required"),
    Refusal(message=re.compile(r"according to its domain"), error=errors.Rejected, code="domain"),
)
"""Looked through in order; a message that is not here is a plain Rejected, code ``UserError``."""

RACE = re.compile(r"^The code on party must be unique")
"""Two parties made at once took the same number from a sequence that a database without row locks
(SQLite) does not guard. Nothing was written; a moment later it works."""

STATUSES: dict[int, tuple[type[errors.Rejected], str]] = {
    404: (errors.Missing, "404"),
    409: (errors.Conflict, "UserWarning"),
    423: (errors.Conflict, "ConcurrencyException"),
}
"""Answers that are told by their status alone; their body is a page of HTML."""

_QUOTED = re.compile(r'(field |button |call |of )?"[^"]*"')
_FIELD = re.compile(r'field "([^"]*)"')


def raise_for_status(response: Response) -> None:
    """Raise what a REST answer outside 2xx is.

    Raises: Conflict, Missing, Rejected, Unavailable.
    """
    if response.status < 300:
        return
    if response.status in STATUSES:
        error, code = STATUSES[response.status]
        raise error(f"Tryton answered HTTP {response.status}", code=code)
    raise refusal(_message(response), str(response.status))


def result(answer: Any) -> Any:
    """Return ``result`` of a JSON-RPC answer, which is HTTP 200 for errors too.

    A failure that Tryton does not name is raised as Ambiguous: the tasks that a call queues run
    after its commit, so that an unnamed failure does not prove that nothing happened.

    Raises: Conflict, Missing, Rejected, Unavailable, Misconfigured, Ambiguous, Malformed.
    """
    if not isinstance(answer, dict) or not {"result", "error"} & answer.keys():
        raise errors.Malformed("$: neither a result nor an error of JSON-RPC")
    if "error" not in answer:
        return answer.get("result")
    match answer["error"]:
        case ["UserError", [str() as message, *_]]:
            raise refusal(message, "UserError")
        case ["UserWarning", *_]:
            raise errors.Conflict("Tryton asks a person to confirm", code="UserWarning")
        case ["ConcurrencyException", *_]:
            raise errors.Conflict("changed in the meanwhile", code="ConcurrencyException")
        case ["LoginException", *_]:
            raise errors.Misconfigured("user, password: Tryton asks for more than a password")
        case _:
            raise errors.Ambiguous("Tryton failed without saying why")


def refusal(message: str, code: str) -> errors.ConnectorError:
    """Return the error that *message* is, its text without the names of records and their values.

    Messages quote them (``The value "ada@example.com" for field "Value" in record "Ada Okafor" is
    not valid``), and our errors hold nobody's data: only names of fields, buttons and models stay.
    """
    if RACE.search(message):
        return errors.Unavailable("two at once took the same number")
    text = _QUOTED.sub(lambda found: found[0] if found[1] else "…", message)
    field = _FIELD.search(message)
    for known in MESSAGES:
        if known.message.search(message):
            return known.error(text, code=known.code, field=field and field[1])
    return errors.Rejected(text, code=code, field=field and field[1])


def _message(response: Response) -> str:
    try:
        answer = response.json()
    except errors.Malformed:
        return f"HTTP {response.status}"
    return str(answer.get("message")) if isinstance(answer, dict) else f"HTTP {response.status}"
