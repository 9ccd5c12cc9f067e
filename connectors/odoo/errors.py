"""What Odoo answers when it does not do as asked, and the error each answer is.

JSON-RPC answers **HTTP 200** with ``{"error": {"code": 200, "data": {"name":
"odoo.exceptions.UserError", "message": "...\\nNone", "debug": "Traceback ..."}}}``. The name is
that of a Python class and the one stable part; what a UserError is about only its text says, in
English (`requests.ENGLISH` asks for that). Whatever is raised, Odoo takes the whole call back: an
error means that nothing was written.

401, 403, 429 and 5xx come from what stands before Odoo, and `sdk.http` raises them.

Source: odoo 11.0 http.py (serialize_exception), service/model.py (check: what is retried, and what
becomes a ValidationError), exceptions.py.
"""

import re
from dataclasses import dataclass
from typing import Any

from connectors.sdk import errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One known "no": Odoo's *message*, and the error and code that it becomes here."""

    message: re.Pattern[str]
    error: type[errors.Rejected]
    code: str


NAMES: dict[str, tuple[type[errors.Rejected], str]] = {
    "odoo.exceptions.MissingError": (errors.Missing, "missing"),
    "odoo.exceptions.ValidationError": (errors.Rejected, "validation"),
    "odoo.exceptions.UserError": (errors.Rejected, "user_error"),
    "odoo.exceptions.RedirectWarning": (errors.Rejected, "redirect_warning"),
    "odoo.exceptions.Warning": (errors.Rejected, "warning"),
    "odoo.exceptions.except_orm": (errors.Rejected, "except_orm"),
}
"""Names that are a "no"; what a UserError says may make another of it, see MESSAGES."""

MESSAGES = (
    Refusal(
        message=re.compile(r"^You cannot cancel a stock move that has been set"),
        error=errors.Conflict,
        code="done",
    ),
    Refusal(
        message=re.compile(r"^You cannot have two inventory adjust"),
        error=errors.Conflict,
        code="being_counted",
    ),
    Refusal(
        message=re.compile(r"^You may only return Done pickings"),
        error=errors.Conflict,
        code="not_done",
    ),
    Refusal(
        message=re.compile(r"^You cannot validate a transfer if you have not processed"),
        error=errors.Conflict,
        code="nothing_done",
    ),
    Refusal(
        message=re.compile(r"^You need to supply a lot/serial number"),
        error=errors.Rejected,
        code="lot_number",
    ),
    Refusal(
        message=re.compile(r"^Nothing to check the availability for"),
        error=errors.Conflict,
        code="nothing_to_do",
    ),
)
"""Looked through in order; a message that is not here keeps the code of its name."""

_NO_MODEL = re.compile(r"^Object \S+ doesn't exist")
_NO_DATABASE = re.compile(r'database "[^"]*" does not exist')

OUR_FAULT = ("psycopg2.DataError", "psycopg2.IntegrityError", "psycopg2.ProgrammingError")
"""Failures of the database that happen again whenever the same is asked. The others are of the
moment: it is down, or undid the call for another that was quicker, which Odoo has tried five times
by then."""

_QUOTED = re.compile(r"""(["'`]).*?\1|\([^)]*\)|[\w.+-]+@[\w.-]+""")
_LONGEST_MESSAGE = 200


def result(answer: Any) -> Any:
    """Return ``result`` of an answer; a method that returns nothing answers without one.

    Raises: Rejected and its kinds, Misconfigured, Unavailable, Malformed.
    """
    if not isinstance(answer, dict) or "jsonrpc" not in answer:
        raise errors.Malformed("$: not an answer of JSON-RPC")
    if "error" in answer:
        raise failure(answer["error"])
    return answer.get("result")


def failure(error: Any) -> errors.ConnectorError:
    """Return the error that ``error`` of an answer is."""
    data = error.get("data") if isinstance(error, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        return errors.Malformed("$.error: does not name what it is")
    name, message = data["name"], str(data.get("message") or "").removesuffix("\nNone").strip()
    if name in ("odoo.exceptions.AccessDenied", "odoo.exceptions.AccessError"):
        return errors.Misconfigured("user, password: Odoo refuses our credentials or rights")
    if _NO_MODEL.search(message):
        return errors.Misconfigured("a module is not installed: " + without_names(message))
    if _NO_DATABASE.search(message):
        return errors.Misconfigured("database: there is no such database")
    if name.startswith("psycopg2.") and name not in OUR_FAULT:
        return errors.Unavailable(f"the database refused, or another call was quicker: {name}")
    return refusal(name, message)


def refusal(name: str, message: str) -> errors.Rejected:
    """Return the "no" that an exception is. What Odoo has no class of its own for (ValueError,
    KeyError) is an error of the call or of a module; it was taken back like all others."""
    text = without_names(message)
    for known in MESSAGES:
        if known.message.search(message):
            return known.error(text, code=known.code)
    error, code = NAMES.get(name, (errors.Rejected, name))
    if error is errors.Rejected and name not in NAMES:
        return error(f"Odoo failed: {name}", code=code)
    return error(text, code=code)


def without_names(message: str) -> str:
    """Return the first line of *message* without what it quotes: Odoo names records and people, and
    our errors hold nobody's data."""
    line = message.partition("\n")[0]
    return _QUOTED.sub("…", line)[:_LONGEST_MESSAGE]
