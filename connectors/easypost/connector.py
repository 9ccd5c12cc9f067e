"""EasyPost over HTTP: the only I/O. Everything it knows of the wire is in requests and mapping."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from connectors.easypost import errors as refusals
from connectors.easypost import mapping, requests, webhooks
from connectors.easypost.mapping import Node
from connectors.sdk import errors
from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page, Removed
from connectors.sdk.commands import BuyLabel, Command, Label, Outcome, VoidLabel
from connectors.sdk.http import Http, Request, parse_json
from connectors.sdk.records import Kind


class EasyPostConnector:
    """Opens accounts."""

    def open(self, settings: Mapping[str, str], http: Http) -> "EasyPost":
        """Make a client. Raises: Misconfigured naming the setting that is absent."""
        for name in ("url", "api_key", "webhook_secret"):
            if not settings.get(name):
                raise errors.Misconfigured(f"{name}: is not set")
        user = base64.b64encode(f"{settings['api_key']}:".encode()).decode()
        return EasyPost(http.at(settings["url"], {"authorization": f"Basic {user}"}))


class EasyPost:
    """One account."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def check(self) -> Account:
        """Say which mode the key is of, as far as any tracker shows it.

        Raises: Misconfigured, also when what answers is not EasyPost; Unavailable, Throttled.
        """
        try:
            page = Node.of(await self._ask(requests.check()))
            modes = [tracker.maybe_text("mode") for tracker in page.nodes("trackers")]
        except (errors.Malformed, errors.Rejected) as error:
            raise errors.Misconfigured(f"url: does not answer as EasyPost does: {error}") from error
        return Account(name=f"EasyPost ({modes[0]})" if modes else "EasyPost", version="v2")

    # Reads

    async def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Give what was created since the checkpoint, and again whatever was still open then.

        Raises: Unsupported, before anything is sent.
        """
        _require_readable(kind)
        walk = requests.Walk.begin(since, datetime.now(UTC))
        while not walk.is_over:
            read_at = datetime.now(UTC)
            listing = requests.listing(kind, await self._page(kind, walk), read_at)
            walk = walk.after(kind, listing)
            yield Page(changes=listing.changes, checkpoint=walk.text())

    async def _page(self, kind: Kind, walk: requests.Walk) -> object:
        """Ask for the walk's next page; from its top again when what it stood before is deleted."""
        try:
            return await self._ask(requests.page(kind, walk))
        except errors.Missing:
            if walk.before is None:
                raise
            return await self._ask(requests.page(kind, walk.again()))

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read subjects one by one: EasyPost has no read of several by id.

        Raises: Unsupported, before anything is sent.
        """
        _require_readable(kind)
        found: list[Change] = []
        for external_id in external_ids:
            read_at = datetime.now(UTC)
            node = await self._find(kind, external_id)
            if node is None:
                found.append(Removed(kind=kind, external_id=external_id))
            else:
                found.extend(requests.listed(kind, node, read_at))
        return found

    # Webhooks

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        return webhooks.verify(delivery, secrets, now)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        return webhooks.decode(delivery, received_at)

    # Commands

    async def perform(self, command: Command) -> Outcome:
        """Buy a label or give one back.

        After a crash: a shipment without postage may be left at EasyPost, which costs nothing; the
        next attempt finds it by its reference and goes on from there.
        """
        try:
            match command:
                case BuyLabel():
                    return await self._buy(command)
                case VoidLabel():
                    return await self._void(command)
                case _:
                    name = type(command).__name__
                    raise errors.Unsupported(f"EasyPost cannot {name}", code=name)
        except errors.Malformed as error:
            raise errors.Ambiguous(f"sent, answer not readable: {error}") from error

    async def look_up(self, command: Command) -> Outcome | None:
        """Say whether the label of this reference was bought, or this label given back."""
        try:
            match command:
                case BuyLabel():
                    return await self._bought(command)
                case VoidLabel():
                    return await self._voided(command)
                case _:
                    return None
        except errors.Malformed as error:
            raise errors.Unavailable(f"answer not readable: {error}") from error

    async def _bought(self, command: BuyLabel) -> Outcome | None:
        read_at = datetime.now(UTC)
        node = await self._of_reference(command.reference)
        if node is None or not mapping.is_bought(node):
            return None
        return _outcome(node, read_at, mapping.label(node))

    async def _voided(self, command: VoidLabel) -> Outcome | None:
        read_at = datetime.now(UTC)
        node = await self._find(Kind.SHIPMENT, command.label_id)
        return _outcome(node, read_at) if node and mapping.is_given_back(node) else None

    async def _buy(self, command: BuyLabel) -> Outcome:
        create = requests.create(command)
        node = await self._of_reference(command.reference)
        if node is None:
            node = Node.of(await self._ask(create))
        if mapping.is_given_back(node):
            raise errors.Conflict("the label of this reference was given back", code="GIVEN_BACK")
        read_at = datetime.now(UTC)
        if not mapping.is_bought(node):
            node = await self._purchase(node, command.service)
        return _outcome(node, read_at, mapping.label(node))

    async def _purchase(self, shipment: Node, service: str | None) -> Node:
        """Buy postage for *shipment*, once: a second try is refused, and then the first is read."""
        shipment_id = shipment.text("id")
        try:
            buy = requests.buy(shipment_id, requests.choose(shipment, service))
            return Node.of(await self._ask(buy))
        except errors.Conflict as error:
            if error.code != refusals.POSTAGE_EXISTS:
                raise
        return Node.of(await self._ask(requests.one(Kind.SHIPMENT, shipment_id)))

    async def _void(self, command: VoidLabel) -> Outcome:
        read_at = datetime.now(UTC)
        node = Node.of(await self._ask(requests.one(Kind.SHIPMENT, command.label_id)))
        if not mapping.is_given_back(node):
            node = Node.of(await self._ask(requests.refund(node.text("id"))))
        if not mapping.is_given_back(node):
            # "rejected": the carrier says no. "not_applicable": it bills on the first scan.
            said = node.maybe_text("refund_status") or "no refund_status"
            raise errors.Rejected(f"label not given back: {said}", code=said)
        return _outcome(node, read_at)

    async def _of_reference(self, reference: str) -> Node | None:
        """Find the shipment of our reference, the one with a label before any other.

        EasyPost does not keep references unique and answers with any one of several. Several exist
        when a create that seemed lost had only been slow: then one may be bought, another not.
        """
        node = await self._find(Kind.SHIPMENT, reference)
        if node is None or node.maybe_text("reference") != reference:
            return None
        return node if mapping.is_bought(node) else await self._bought_sibling(node) or node

    async def _bought_sibling(self, shipment: Node) -> Node | None:
        reference, before = shipment.text("reference"), None
        while True:
            page = Node.of(await self._ask(requests.siblings(shipment, before)))
            nodes = page.nodes("shipments")
            for node in nodes:
                if node.maybe_text("reference") == reference and mapping.is_bought(node):
                    return node
            if not nodes or page.value.get("has_more") is not True:
                return None
            before = nodes[-1].text("id")

    # HTTP

    async def _find(self, kind: Kind, external_id: str) -> Node | None:
        try:
            return Node.of(await self._ask(requests.one(kind, external_id)))
        except errors.Missing:
            return None

    async def _ask(self, request: Request) -> object:
        """Send, and return the parsed answer. Raises: what `errors.refusal` makes of a 4xx."""
        response = await self._http.send(request)
        if response.status < 400:
            body: object = response.json()
            return body
        raise refusals.refusal(response.status, _body(response.body))


def _require_readable(kind: Kind) -> None:
    if kind not in requests.READABLE:
        raise errors.Unsupported(f"EasyPost has no {kind}", code=kind)


def _body(raw: bytes) -> object:
    """Parse a refusal's body, None when it is no JSON."""
    try:
        found: object = parse_json(raw)
        return found
    except errors.Malformed:
        return None


def _outcome(node: Node, read_at: datetime, label: Label | None = None) -> Outcome:
    changes = tuple(mapping.shipment(node, read_at))
    return Outcome(external_id=node.text("id"), changes=changes, label=label)
