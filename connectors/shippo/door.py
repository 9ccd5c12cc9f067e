"""What is asked of one account: every request goes out here, through the `Http` it was handed."""

from connectors.sdk import errors
from connectors.sdk.http import Http, Request, parse_json
from connectors.shippo import errors as refusals
from connectors.shippo import requests
from connectors.shippo.mapping.reading import Node
from connectors.shippo.walk import END, Listing

MOST_RATES = 5000
"""Rates kept: they never change, and a label that is read again needs its own again. Some MB."""


class Door:
    """Shippo's objects, parsed. Raises everywhere: what `Http.send` raises; Malformed; and for a
    4xx what `errors.refusal` makes of it.

    Concurrency: any number of tasks.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._rates: dict[str, Node] = {}

    async def ask(self, request: Request) -> Node:
        response = await self._http.send(request)
        if response.status < 400:
            return Node.of(response.json())
        raise refusals.refusal(response.status, _body(response.body))

    async def page(self, number: int, results: int) -> Listing:
        """A page of transactions; what lies beyond the last one is the end of the list."""
        try:
            return Listing.of(await self.ask(requests.transactions(number, results)))
        except errors.Missing:
            if number == 1:
                raise
            return END

    async def transaction(self, transaction_id: str) -> Node | None:
        return await self._find(requests.transaction(transaction_id))

    async def track(self, tracker_id: str) -> Node | None:
        """Raises: Rejected, when its carrier is not to be asked."""
        request = requests.track(tracker_id)
        return None if request is None else await self._find(request)

    async def rate_of(self, transaction: Node) -> Node | None:
        """The rate that a label was bought at: within it, remembered, or asked for. None when none
        is stated that can be read, or Shippo has it no more (after 390 days)."""
        stated = transaction.value.get("rate")
        if isinstance(stated, dict):
            return Node.of(stated, f"{transaction.path}.rate")
        if not isinstance(stated, str) or not stated:
            return None
        if stated not in self._rates:
            found = await self._find(requests.rate(stated))
            if found is None:
                return None
            self.keep_rate(stated, found)
        return self._rates[stated]

    def keep_rate(self, rate_id: str, rate: Node) -> None:
        """Remember a rate; the oldest of too many is forgotten."""
        self._rates[rate_id] = rate
        if len(self._rates) > MOST_RATES:
            del self._rates[next(iter(self._rates))]

    async def _find(self, request: Request) -> Node | None:
        try:
            return await self.ask(request)
        except errors.Missing:
            return None


def _body(raw: bytes) -> object:
    """Parse a refusal's body, None when it is no JSON: Shippo answers some in HTML."""
    try:
        found: object = parse_json(raw)
        return found
    except errors.Malformed:
        return None
