"""Variables: how deep, how many, and nothing that a store cannot hold."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError

from gateway.execution.limits.refusal import RequestError, require_at_most
from gateway.settings.limits import Limits

NUL = "text holds no NUL character"


def check(variables: Mapping[str, Any], limits: Limits) -> None:
    """Refuse what is nested too deeply, has too many values, or text with NUL, which PostgreSQL
    cannot hold: every store refuses the same.

    Raises: RequestError.
    """
    level: list[Any] = [variables] if variables else []
    depth = values = 0
    while level:
        require_at_most(limits.max_variables_depth, "variables_depth", depth)
        values += len(level)
        require_at_most(limits.max_variables_values, "variables_values", values)
        level = _inside(level)
        depth += 1


def _inside(level: list[Any]) -> list[Any]:
    """Return what lies in the lists and objects of *level*."""
    found: list[Any] = []
    for value in level:
        if isinstance(value, dict):
            found += value.values()
        elif isinstance(value, list):
            found += value
        elif isinstance(value, str) and "\0" in value:
            raise RequestError(GraphQLError(NUL, extensions={"code": "BAD_USER_INPUT"}))
    return found
