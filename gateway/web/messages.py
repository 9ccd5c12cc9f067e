"""What GraphQL requests look like on the wire: read strictly, refused with a reason."""

from typing import Any

import msgspec
from graphql import GraphQLError

from gateway.execution.document import RequestError
from gateway.execution.pipeline import Operation

MAX_BODY_BYTES = 1024 * 1024
"""A GraphQL request; larger documents are registered, larger variables are bulk imports."""
_decode = msgspec.json.Decoder().decode


def operation(payload: Any) -> Operation:
    """Read ``{"query": …, "operationName": …, "variables": …}``. Raises: RequestError."""
    if isinstance(payload, list):
        raise bad_request("a batch is not taken: send each operation by itself")
    if not isinstance(payload, dict):
        raise bad_request("a request is a JSON object")
    query, name = payload.get("query"), payload.get("operationName")
    variables = payload.get("variables")
    if not isinstance(query, str) or not query.strip():
        raise bad_request("query: a document is required")
    if name is not None and not isinstance(name, str):
        raise bad_request("operationName: a string or null")
    if variables is not None and not isinstance(variables, dict):
        raise bad_request("variables: an object or null")
    extensions = payload.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise bad_request("extensions: an object or null")
    return Operation(query=query, name=name, variables=variables or {})


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
