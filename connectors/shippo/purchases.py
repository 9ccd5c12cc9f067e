"""Labels bought and given back, each once, whatever becomes of the answers."""

from datetime import UTC, datetime
from itertools import count

from connectors.sdk import errors
from connectors.sdk.commands import BuyLabel, Outcome, VoidLabel
from connectors.sdk.http import Request
from connectors.shippo import errors as refusals
from connectors.shippo import requests
from connectors.shippo.door import Door
from connectors.shippo.ledger import Ledger
from connectors.shippo.mapping import labels
from connectors.shippo.mapping.reading import Node

WAITING = "the purchase is still waiting for its carrier"


class Purchases:
    """One account's. Raises: what `Door` raises, Malformed included."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._ledger = Ledger()

    async def buy(self, command: BuyLabel) -> Outcome:
        """Raises: Rejected; Conflict for a label that was given back: buying it anew is the
        caller's decision; Ambiguous while its carrier has not answered."""
        create = requests.create(command)
        read_at = datetime.now(UTC)
        node = await self._of_reference(command.reference)
        if node is None:
            return await self._purchase(create, command)
        if labels.is_given_back(node):
            raise errors.Conflict("the label of this reference was given back", code="GIVEN_BACK")
        if not labels.is_bought(node):
            raise errors.Ambiguous(WAITING)
        return await self._labeled(node, read_at)

    async def bought(self, command: BuyLabel) -> Outcome | None:
        """Raises: Unavailable while its carrier has not answered: it may yet be bought."""
        read_at = datetime.now(UTC)
        node = await self._of_reference(command.reference)
        if node is None:
            return None
        if not labels.is_bought(node):
            raise errors.Unavailable(WAITING)
        return await self._labeled(node, read_at)

    async def void(self, command: VoidLabel) -> Outcome:
        """Raises: Missing; Conflict for what is no label; Rejected when its carrier says no."""
        read_at = datetime.now(UTC)
        node = await self._door.transaction(command.label_id)
        if node is None:
            raise errors.Missing("no such label", code="HTTP 404", field="label_id")
        rate = await self._door.rate_of(node)
        if not labels.is_given_back(node):
            node = await self._give_back(node)
        return _outcome(node, rate, read_at)

    async def voided(self, command: VoidLabel) -> Outcome | None:
        read_at = datetime.now(UTC)
        node = await self._door.transaction(command.label_id)
        if node is None or not labels.is_given_back(node):
            return None
        return _outcome(node, await self._door.rate_of(node), read_at)

    async def _purchase(self, create: Request, command: BuyLabel) -> Outcome:
        """Have a shipment rated, and buy one of its rates."""
        rate = requests.choose(await self._door.ask(create), command.service)
        rate_id, read_at = rate.text("object_id"), datetime.now(UTC)
        node = await self._door.ask(requests.buy(rate_id, command.reference))
        if labels.is_refused(node):
            raise refusals.of_messages("label not bought", node.value.get("messages"))
        if not labels.is_bought(node):
            raise errors.Ambiguous(WAITING)
        self._door.keep_rate(rate_id, rate)
        return _outcome_of_label(node, rate, read_at)

    async def _give_back(self, node: Node) -> Node:
        """Ask for a refund; return the transaction as it is from then on."""
        status = node.text("status")
        if status == labels.REFUND_REFUSED:
            raise errors.Rejected("label not given back: its carrier said no", code=status)
        if not labels.is_bought(node):
            raise errors.Conflict(f"no label to give back: {status}", code=status)
        refund = await self._door.ask(requests.refund(node.text("object_id")))
        after = labels.refunded(node, refund)
        if not labels.is_given_back(after):
            said = refund.text("status")
            raise errors.Rejected(f"label not given back: {said}", code=said)
        return after

    async def _of_reference(self, reference: str) -> Node | None:
        """Find the transaction of our reference that counts: a label before a purchase that is
        waiting, and never one that was refused, as nothing came of it."""
        listed = await self._search(reference)
        found: list[Node] = []
        for transaction_id in self._ledger.of(reference):
            node = listed.get(transaction_id) or await self._door.transaction(transaction_id)
            if node is not None and not labels.is_refused(node):
                found.append(node)
        return next((one for one in found if labels.is_bought(one)), next(iter(found), None))

    async def _search(self, reference: str) -> dict[str, Node]:
        """Read the list as far as it was not yet read; give those of *reference* that were met."""
        now = datetime.now(UTC)
        floor, newest = self._ledger.floor(now), None
        met: dict[str, Node] = {}
        for number in count(1):
            listing = await self._door.page(number, requests.MOST_RESULTS)
            newest = newest or listing.newest
            self._ledger.note(listing)
            met |= listing.of_reference(reference)
            if not listing.has_more or listing.reaches_below(floor):
                break
        self._ledger.close(newest, now)
        return met

    async def _labeled(self, node: Node, read_at: datetime) -> Outcome:
        rate = await self._door.rate_of(node)
        if rate is None:
            raise errors.Malformed("$.rate: not to be had, and with it not the label's price")
        return _outcome_of_label(node, rate, read_at)


def _outcome(node: Node, rate: Node | None, read_at: datetime) -> Outcome:
    record = labels.shipment(node, rate, read_at)
    return Outcome(external_id=record.external_id, changes=(record,))


def _outcome_of_label(node: Node, rate: Node, read_at: datetime) -> Outcome:
    record = labels.shipment(node, rate, read_at)
    bought = labels.label(node, rate)
    return Outcome(external_id=record.external_id, changes=(record,), label=bought)
