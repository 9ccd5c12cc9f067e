"""The wire: refusals, parameters and pages, as Amazon has them."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json

Handler = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """An answer that is no success: ``{"errors": [{code, message, details}]}``."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"code": code, "message": message, "details": ""}


def bad(message: str) -> Refusal:
    return Refusal(400, "InvalidInput", message)


def answer(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, media_type="application/json")


async def body_of(request: Request) -> dict[str, Any]:
    """Return the body. Raises: Refusal unless it is an object."""
    try:
        found = parse_json(await request.body())
    except Malformed:
        found = None
    if not isinstance(found, dict):
        raise bad("The body is not an object")
    return found


def only(request: Request, *names: str) -> None:
    """Refuse a parameter that the operation does not have: a misspelled filter finds nothing."""
    for name in request.query_params:
        if name not in names:
            raise bad(f"Unknown parameter {name}")


def words(request: Request, name: str) -> list[str]:
    """Return a list parameter: one text, parted by commas."""
    text = request.query_params.get(name)
    return text.split(",") if text else []


def moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise bad(f"{name} is not a time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def number(request: Request, name: str, default: int, allowed: Collection[int]) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or int(text) not in allowed:
        raise bad(f"{name} is out of range")
    return int(text)


def token(*parts: str) -> str:
    """Write a page's token: opaque to whoever gets it."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def parts_of(text: str, count: int) -> list[str]:
    """Read a page's token. Raises: Refusal for one that was not written here."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, binascii.Error):
        found = None
    if not isinstance(found, list) or len(found) != count:
        raise bad("The token is not valid")
    return found
