"""Capabilities: one Protocol each. A connector implements what its manifest declares, nothing else.

``CONNECTOR.open(settings, http)`` returns the client object that these are asked of.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import Command, Outcome
from connectors.sdk.http import Http
from connectors.sdk.records import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom the credentials belong to: ``Account(name="Northwind", version="3.7.3")``."""

    name: str
    version: str | None = None


class Checks(Protocol):
    """Every connector."""

    async def check(self) -> Account:
        """Ask the system who we are: proves address, credentials and rights. Changes nothing.

        Raises: Misconfigured, Unavailable, Throttled.
        """


class Pulls(Protocol):
    """``[reads.<kind>] pull = true``."""

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Give everything of *kind* that changed after checkpoint *since*; all of it for None.

        Pages are bounded (at most 250 records) and asked for one at a time, so memory is too.
        The last page may be empty; it still carries the checkpoint to go on from.

        One bad record is given as Unreadable, and the rest of its page goes on.

        Raises: Misconfigured, Unavailable, Throttled, Malformed (the page as a whole).
        """


class Fetches(Protocol):
    """``[reads.<kind>] fetch = true``."""

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read these subjects now, in as few requests as the system allows.

        A subject may bring others along (an order its shipments and refunds). One that is not
        there comes back as Removed, one that cannot be read as Unreadable.

        Raises: Misconfigured, Unavailable, Throttled, Malformed.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDelivery:
    """A webhook as it came. *url* is the address it was sent to, as registered at the system;
    *headers* have lower-case names; *body* the very bytes."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A genuine delivery. The same *id* again means the same delivery again."""

    id: str
    topic: str


class ReceivesWebhooks(Protocol):
    """``[webhooks]``. Both are pure."""

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        """Prove a delivery genuine under any of *secrets* (two during rotation), in constant time.

        Schemes with a timestamp refuse what is more than five minutes from *now*.

        Raises: SignatureInvalid.
        """

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        """Return the changes that a verified delivery states; a topic of no interest states none.

        Raises: Malformed, saying where; also for a topic that the vendor does not document.
        """


class Performs(Protocol):
    """``[commands.<name>]`` for each command class it takes."""

    async def perform(self, command: Command) -> Outcome:
        """Carry out *command* and say what is true afterwards.

        Performing again with the same key continues or repeats what was done, never doubles it,
        as far as ``[commands.<name>] delivery`` promises.

        Raises: Rejected (Conflict, Missing, Unsupported), Misconfigured, Throttled, Unavailable,
        Ambiguous.
        """


class LooksUp(Protocol):
    """For every command declared ``delivery = "askable"``."""

    async def look_up(self, command: Command) -> Outcome | None:
        """Say whether an earlier attempt at *command* took effect: its outcome, or None if not.

        Raises: Misconfigured, Throttled, Unavailable.
        """


class Connector(Protocol):
    """What ``connectors/<name>/__init__.py`` exports as ``CONNECTOR``."""

    def open(self, settings: Mapping[str, str], http: Http) -> Checks:
        """Make a client of one account. *settings* are those the manifest names, secrets included.

        No I/O. Raises: Misconfigured when a setting is absent or wrong, naming it.
        """
