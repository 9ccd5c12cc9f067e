"""Refusals of a whole request: nothing of it has run."""

from collections.abc import Sequence

from graphql import GraphQLError, Node

from gateway.errors import GatewayError, LimitExceeded


class RequestError(Exception):
    """The request cannot be executed at all: *errors* say why, and nothing has run."""

    def __init__(self, *errors: GraphQLError, status: int = 400) -> None:
        super().__init__(errors[0].message)
        self.errors = errors
        self.status = status


def refused(cause: GatewayError, nodes: Sequence[Node] | Node | None = None) -> RequestError:
    """Return the refusal of a request because of *cause*."""
    return RequestError(GraphQLError(str(cause), nodes, original_error=cause))


def require_at_most(maximum: int, limit: str, actual: int, node: Node | None = None) -> None:
    """Refuse more than *maximum*. Raises: RequestError."""
    if actual > maximum:
        raise refused(LimitExceeded(limit, maximum=maximum, actual=actual), node)


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """Return *error* with *code*, unless it has one."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error
