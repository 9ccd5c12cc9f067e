"""Requests and answers with one seller's account: the only place that goes through the door."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.sdk.errors import Rejected
from connectors.sdk.http import Http, Request, Response
from connectors.square import errors
from connectors.square.reading import Node
from connectors.square.requests.checkpoint import stamp

Make = Callable[[str | None], Request]
"""The request of one page, by its cursor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Square said. *asked_at* is our time before the request left; *clock* is Square's time
    of the answer: what changes next is asked for by Square's times, and clocks differ."""

    body: Node
    asked_at: datetime
    clock: str

    @property
    def cursor(self) -> str | None:
        """The next page's; None on the last."""
        return self.body.optional_text("cursor")


class Exchange:
    """One account. Concurrency: any number of tasks; it holds no state."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def ask(self, request: Request) -> Answer:
        """Send *request*. Raises: what `errors.answer` and the door raise."""
        asked_at = datetime.now(UTC)
        response = await self._http.send(request)
        body = errors.answer(request, response)
        return Answer(body=body, asked_at=asked_at, clock=_clock(response))

    async def pages(self, make: Make, cursor: str | None) -> AsyncIterator[Answer]:
        """Give page after page, from *cursor* on; where that has expired, from the beginning."""
        try:
            answer = await self.ask(make(cursor))
        except Rejected as error:
            if cursor is None or error.code != errors.INVALID_CURSOR:
                raise
            answer = await self.ask(make(None))
        yield answer
        while answer.cursor:
            answer = await self.ask(make(answer.cursor))
            yield answer

    async def every(self, make: Make, key: str) -> list[Node]:
        """Return the *key* objects of all pages, for what is known to be few."""
        return [one async for page in self.pages(make, None) for one in page.body.nodes(key)]


def _clock(response: Response) -> str:
    """Return the answer's Date (RFC 9110 section 6.6.1), our own time where there is none."""
    try:
        return stamp(parsedate_to_datetime(response.headers["date"]))
    except (KeyError, ValueError):
        return stamp(datetime.now(UTC))
