"""RequestReturn: a return order, by which the warehouse knows what is in the box that comes."""

from collections.abc import Awaitable, Callable

from connectors.sdk.changes import Touched
from connectors.sdk.commands import Outcome, RequestReturn
from connectors.sdk.errors import Ambiguous, Conflict, Missing, Rejected, Unavailable
from connectors.sdk.http import Http
from connectors.sdk.records import Kind
from connectors.shipbob import answers, errors, mapping, requests
from connectors.shipbob.errors import Operation
from connectors.shipbob.mapping import Node


class Returning:
    """Concurrency: any number of tasks. After a crash: nothing, or the return; its reference, made
    of our key, tells. *order* reads one order by its id."""

    def __init__(
        self, http: Http, channel_id: str, order: Callable[[str], Awaitable[Node | None]]
    ) -> None:
        self._http = http
        self._channel_id = channel_id
        self._order = order

    async def perform(self, command: RequestReturn) -> Outcome:
        """Raises: Conflict when no shipment that left held these units."""
        with answers.legible(Unavailable):
            found = await self.find(command)
            if found is not None:
                return found
            order = await self._order(command.order_id)
            if order is None:
                raise Missing("no such order", code="not_found", field="order_id")
            back = mapping.sent_back(order, command.lines)
        if back is None:
            message = "no one shipment that left held these units"
            raise Conflict(message, code="not_sent", field="lines")
        return await self._make(command, back)

    async def find(self, command: RequestReturn) -> Outcome | None:
        """Return the return that an earlier attempt made. Raises: Malformed."""
        reference = requests.return_reference(command.key)
        response = await self._http.send(requests.returns_by_reference(reference))
        errors.raise_for(Operation.READ, response)
        for each in Node(response.json())["items"]:
            if each["reference_id"].text() == reference:
                return _outcome(each)
        return None

    async def _make(self, command: RequestReturn, back: mapping.SentBack) -> Outcome:
        request = requests.take_back(command, back, self._channel_id)
        with answers.legible(Ambiguous):
            response = await self._http.send(request)
            try:
                errors.raise_for(Operation.TAKE_BACK, response)
            except Rejected:
                # Is it refused because somebody with the same key was quicker?
                found = await self.find(command) if response.status == 422 else None
                if found is None:
                    raise
                return found
            return _outcome(Node(response.json()))


def _outcome(raw: Node) -> Outcome:
    """Return the return, to be read again: the answer to its making says less than a read does."""
    return_id = raw["id"].id()
    touched = Touched(kind=Kind.RETURN, external_id=return_id)
    return Outcome(external_id=return_id, changes=(touched,))
