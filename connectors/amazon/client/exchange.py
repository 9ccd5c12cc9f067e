"""Requests and answers with one seller's account: the only place that goes through the door."""

from connectors.amazon import errors
from connectors.amazon.errors import Operation
from connectors.amazon.requests import Ask
from connectors.sdk.auth import Authorized
from connectors.sdk.errors import Throttled
from connectors.sdk.http import Response

RATE_HEADER = "x-amzn-ratelimit-limit"
"""Requests a second that one operation has, "when available" (every operation's description)."""
SLOWEST_RATE = 1 / 3600
"""Less than one request an hour is no usage plan of Amazon's: such a rate is not believed."""


class Exchange:
    """One account. Concurrency: any number of tasks. What it holds is only what Amazon last said of
    its usage plans: a bucket for each operation, filled at its rate."""

    def __init__(self, door: Authorized) -> None:
        self._door = door
        self._rates: dict[Operation, float] = {}

    async def ask(self, ask: Ask) -> Response:
        """Send *ask*. Raises: what the door raises, and `errors.raise_for`.

        A Throttled carries the seconds until the operation's bucket has a token again, where Amazon
        has said its rate: it sends no Retry-After.
        """
        try:
            response = await self._door.send(ask.request)
        except Throttled as error:
            rate = self._rates.get(ask.operation)
            if error.retry_after_s is not None or rate is None:
                raise
            raise Throttled(str(error), retry_after_s=1 / rate) from error
        self._note(ask.operation, response)
        errors.raise_for(ask.operation, response)
        return response

    def _note(self, operation: Operation, response: Response) -> None:
        try:
            rate = float(response.headers[RATE_HEADER])
        except (KeyError, ValueError):
            return
        if rate >= SLOWEST_RATE:
            self._rates[operation] = rate
