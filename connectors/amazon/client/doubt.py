"""Doubt: what an answer that cannot be read means while a command is under way."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.sdk.errors import Ambiguous, Malformed, Unavailable
from connectors.sdk.http import Response


@contextmanager
def legible(otherwise: type[Ambiguous] | type[Unavailable]) -> Iterator[None]:
    """Take what cannot be read for no answer at all: Ambiguous once something was sent that changes
    things, Unavailable before."""
    try:
        yield
    except Malformed as error:
        raise otherwise(f"answered, and not readably: {error}") from error


def require_empty(response: Response) -> None:
    """Raise Ambiguous unless it is the answer that these operations have: 204, and no body."""
    if response.status != 204:
        raise Ambiguous(f"sent, and answered with HTTP {response.status} in place of 204")
