"""A toy system: a connector of the tests' own, whole by the sdk's Protocols, without a network.

It holds records, tells of them by pull, fetch and webhook, and carries out commands, failing on
demand before or after the effect. Nothing of the gateway is replaced: only the outside is.
"""

import hashlib
import hmac
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.sdk.capabilities import Account, Checks, RawDelivery, Verified
from connectors.sdk.changes import Change, Page, Removed, Touched, Unreadable
from connectors.sdk.commands import Command, Outcome
from connectors.sdk.errors import Malformed, SignatureInvalid, Unavailable
from connectors.sdk.http import Http, parse_json
from connectors.sdk.manifest import (
    COMMANDS,
    CommandRule,
    Delivery,
    Limits,
    Manifest,
    Quality,
    Read,
    Setting,
    SystemKind,
    Webhooks,
)
from connectors.sdk.records import KIND_OF, Kind, Record
from gateway.clock import Clock, utc_now
from gateway.systems.connections import Outside
from gateway.systems.declared import Connection

SECRET = "a-webhook-secret-of-the-tests"
PAGE = 2
"""Records a page: small, so that every pull has several."""


@dataclass
class Toy:
    """One toy system. Put *records* into it, plan *failures*, count *performed*."""

    id: str
    kinds: tuple[SystemKind, ...] = (SystemKind.SHOP,)
    reads: tuple[Kind, ...] = tuple(Kind)
    commands: Mapping[str, Delivery] = field(
        default_factory=lambda: dict.fromkeys(COMMANDS, Delivery.ASKABLE)
    )
    carries: tuple[str, ...] = ()
    records: dict[tuple[Kind, str], Record] = field(default_factory=dict)
    changed_at: dict[tuple[Kind, str], int] = field(default_factory=dict)
    failures: deque[Exception] = field(default_factory=deque)
    """Raised by the next commands, one each, before anything happens."""
    lost_answers: int = 0
    """How many of the next commands happen and are then answered with *lost_with*."""
    lost_with: Exception | None = None
    performed: list[Command] = field(default_factory=list)
    """What really happened: an effect twice would stand here twice."""
    addressed: list[str] = field(default_factory=list)
    """Where each delivery said that it was sent to."""
    fetched: list[str] = field(default_factory=list)
    """The ids that were read one by one."""
    asked: int = 0
    """How often it was asked whether something happened."""
    is_away: bool = False
    outcome: Callable[[Command], Outcome] = lambda command: Outcome(external_id=command.key)

    @property
    def manifest(self) -> Manifest:
        return Manifest(
            name=self.id.title(),
            kinds=self.kinds,
            api="Toy 1",
            docs="https://example.com",
            carries=self.carries,
            settings={"webhook_secret": Setting(description="Signs webhooks.", secret=True)},
            reads={kind: Read(pull=True, fetch=True) for kind in self.reads},
            webhooks=Webhooks(topics=("touched", "stated")),
            commands={
                name: CommandRule(delivery=rule, settle_s=0) for name, rule in self.commands.items()
            },
            limits=Limits(requests_per_s=1000, burst=1000),
            quality=Quality(level="bronze", evidence="contract"),
        )

    @property
    def connection(self) -> Connection:
        return Connection(id=self.id, connector=self.id, settings={"webhook_secret": SECRET})

    def hold(self, *records: Record) -> None:
        """Know these records, in place of what was known of their subjects."""
        for record in records:
            key = (KIND_OF[type(record)], record.external_id)
            self.records[key] = record
            self.changed_at[key] = max(self.changed_at.values(), default=0) + 1

    def delivery(
        self, id: str, *touched: tuple[Kind, str], **more: Any
    ) -> tuple[bytes, Mapping[str, str]]:
        """Return a genuine webhook's body and headers: these subjects moved."""
        import msgspec

        body = msgspec.json.encode({"id": id, "touched": touched, **more})
        return body, {"x-toy-signature": sign(body)}

    # --- the connector

    def open(self, settings: Mapping[str, str], http: Http) -> Checks:
        return self

    async def check(self) -> Account:
        self._answer()
        return Account(name=self.id)

    async def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """In the order of change; the checkpoint is the last change that was given."""
        self._answer()
        wanted = sorted((at, key) for key, at in self.changed_at.items() if key[0] is kind)
        news = [(at, self.records[key]) for at, key in wanted if at > int(since or 0)]
        for start in range(0, len(news) or 1, PAGE):
            some = news[start : start + PAGE]
            checkpoint = str(some[-1][0]) if some else since or "0"
            changes = tuple(record for _, record in some)
            yield Page(changes=changes, checkpoint=checkpoint, total=len(news))

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        self._answer()
        self.fetched += external_ids
        return [
            self.records.get((kind, id)) or Removed(kind=kind, external_id=id)
            for id in external_ids
        ]

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        self.addressed.append(delivery.url)
        given = delivery.headers.get("x-toy-signature", "")
        if not any(hmac.compare_digest(given, sign(delivery.body, one)) for one in secrets):
            raise SignatureInvalid("x-toy-signature does not match")
        return Verified(id=given if not delivery.body else _id(delivery.body), topic="touched")

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        payload = parse_json(delivery.body)
        if payload.get("is_malformed"):
            raise Malformed("$.is_malformed: true")
        if payload.get("is_bug"):
            raise ZeroDivisionError("a bug of the connector")
        touched: list[Change] = [
            Touched(kind=Kind(kind), external_id=id) for kind, id in payload["touched"]
        ]
        unreadable: list[Change] = [
            Unreadable(kind=Kind.ORDER, external_id=id, reason="no total", payload="{}")
            for id in payload.get("unreadable", ())
        ]
        return touched + unreadable

    async def perform(self, command: Command) -> Outcome:
        self._answer()
        if self.failures:
            raise self.failures.popleft()
        self.performed.append(command)
        if self.lost_answers and self.lost_with:
            self.lost_answers -= 1
            raise self.lost_with
        return self.outcome(command)

    async def look_up(self, command: Command) -> Outcome | None:
        self._answer()
        self.asked += 1
        done = [one for one in self.performed if one.key == command.key]
        return self.outcome(command) if done else None

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable("not reached")


def outside(*toys: Toy, clock: Clock = utc_now) -> Outside:
    """Return a world in which there are only *toys*."""
    by_name = {toy.id: toy for toy in toys}
    return Outside(
        manifests={name: toy.manifest for name, toy in by_name.items()},
        load=by_name.__getitem__,
        clock=clock,
    )


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _id(body: bytes) -> str:
    """Whatever the body is, it has an id: a peer that signs may still send rubbish."""
    try:
        return str(parse_json(body)["id"])
    except (Malformed, KeyError, TypeError):
        return hashlib.sha256(body).hexdigest()
