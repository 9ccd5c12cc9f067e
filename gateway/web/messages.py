"""What GraphQL requests look like on the wire: read strictly, refused with a reason."""

from typing import Any

import msgspec
from graphql import GraphQLError

from gateway.execution.document import RequestError
from gateway.execution.registered import Asked

MAX_BODY_BYTES = 1024 * 1024
"""A GraphQL request; larger documents are registered, larger variables are bulk imports."""
_decode = msgspec.json.Decoder().decode


def asked(payload: Any) -> Asked:
    """Read what a request asks for, in whichever way it came. Raises: RequestError.

    {"query": …, "operationName": …, "variables": …, "extensions": {"persistedQuery": …}}
    {"documentId": …, "operationName": …, "variables": …}
    """
    if isinstance(payload, list):
        raise bad_request("a batch is not taken: send each operation by itself")
    if not isinstance(payload, dict):
        raise bad_request("a request is a JSON object")
    query, name = _text(payload, "query"), _text(payload, "operationName")
    variables, extensions = _object(payload, "variables"), _object(payload, "extensions")
    hash = _persisted(extensions)
    id = hash or _text(payload, "documentId") or _text(payload, "id")
    if not (query or "").strip() and id is None:
        raise bad_request("query: a document is required")
    return Asked(
        query=query or None, id=id, persists=hash is not None, name=name, variables=variables
    )


def _text(payload: dict[str, Any], field: str) -> str | None:
    value = payload.get(field)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"{field}: a string or null")
    return value


def _object(payload: dict[str, Any], field: str) -> dict[str, Any]:
    value = payload.get(field)
    if value is not None and not isinstance(value, dict):
        raise bad_request(f"{field}: an object or null")
    return value or {}


def _persisted(extensions: dict[str, Any]) -> str | None:
    """Return the hash of the document that is meant or sent."""
    match extensions.get("persistedQuery"):
        case None:
            return None
        case {"version": 1, "sha256Hash": str(hash)} if hash:
            return hash
    raise bad_request("extensions.persistedQuery: version 1, and a sha256Hash")


def parse(text: bytes | str) -> Any:
    """Parse JSON. Raises: RequestError, for whatever the body is."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad_request("the body is not JSON") from None


def encode(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=str)


def bad_request(reason: str, status: int = 400) -> RequestError:
    """Return the error of a request that makes no sense."""
    return RequestError(GraphQLError(reason, extensions={"code": "BAD_REQUEST"}), status=status)
