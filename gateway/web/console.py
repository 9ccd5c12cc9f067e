"""The first page and GraphiQL."""

from starlette.routing import BaseRoute


def console() -> list[BaseRoute]:
    """Return the routes of the pages that people open."""
    return []
