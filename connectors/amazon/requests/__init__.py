"""The requests that are sent to Amazon. Pure."""

from dataclasses import dataclass
from urllib.parse import quote

from connectors.amazon.errors import Operation
from connectors.sdk.http import Request

MOST_PER_PAGE = 100
"""Source: orders_2026-01-01.json searchOrders, maxResultsPerPage "between 1 and 100"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request, and which of Amazon's operations it is."""

    operation: Operation
    request: Request


def get(operation: Operation, path: str, *query: tuple[str, str]) -> Ask:
    return Ask(
        operation=operation, request=Request(method="GET", path=path, is_safe=True, query=query)
    )


def part(text: str) -> str:
    """Return *text* as one part of a path, whatever is in it."""
    return quote(text, safe="")
