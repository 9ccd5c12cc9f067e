"""The first page and GraphiQL: installed files, nothing fetched from anywhere else."""

from collections.abc import Callable
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

ASSETS = Path(__file__).parent / "assets"
_TOKEN_TAG = '<meta name="gateway-token" content="">'  # noqa: S105 (where one is written)
_STRICT = (
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
_GRAPHIQL = f"{_STRICT}; font-src 'self' data:; img-src 'self' data:"
"""GraphiQL's style sheet holds its fonts and icons. The style element with which its dialogs lock
the page's scrolling is refused: that page does not scroll."""


class _Assets(StaticFiles):
    """Files that are asked for anew when they changed: names carry no version."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        return response


def console(token: str | None = None) -> list[BaseRoute]:
    """Return the routes of the pages that people open. *token* is written into them, if any."""
    return [
        Route("/", _page("console.html", _STRICT, token)),
        Route("/graphiql", _page("graphiql.html", _GRAPHIQL, token)),
        Mount("/assets", _Assets(directory=ASSETS)),
    ]


def _page(name: str, policy: str, token: str | None) -> Callable[[Request], Response]:
    text = (ASSETS / name).read_text(encoding="utf-8")
    if token:
        text = text.replace(_TOKEN_TAG, _TOKEN_TAG.replace('""', f'"{escape(token)}"'))
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }

    def page(_: Request) -> Response:
        return HTMLResponse(text, headers=headers)

    return page
