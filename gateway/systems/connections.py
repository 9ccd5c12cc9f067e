"""The connected systems in use: one client, one budget and one breaker for each account.

shop = systems.get("shop-us")
async for page in shop.pulls(Kind.ORDER).pull(Kind.ORDER, since): ...
await shop.performs(command).perform(command)     # Unsupported before anything is sent
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import aiohttp

from connectors.sdk import registry
from connectors.sdk.capabilities import (
    Checks,
    Connector,
    Fetches,
    LooksUp,
    Performs,
    Pulls,
    ReceivesWebhooks,
)
from connectors.sdk.commands import Command
from connectors.sdk.errors import Misconfigured, Unavailable, Unsupported
from connectors.sdk.http import Http
from connectors.sdk.manifest import NAME_OF, CommandRule, Delivery, Manifest
from connectors.sdk.records import Kind
from gateway.clock import Clock, utc_now
from gateway.errors import NotFound
from gateway.systems.budget import Budget, Ticks
from gateway.systems.declared import Connection, Manifests
from gateway.systems.gate import AccountGate
from gateway.systems.health import Health
from gateway.telemetry.logs import conceal

NO_ADDRESS = "https://unset.invalid"
"""For connectors whose address follows from other settings. Never resolves: RFC 2606 section 2."""


class Connected:
    """One connection in use. Its client is opened when first asked for, without I/O."""

    def __init__(
        self,
        connection: Connection,
        manifest: Manifest,
        gate: AccountGate,
        open: Callable[[], Checks],
    ) -> None:
        self.connection = connection
        self.manifest = manifest
        self.gate = gate
        self._open = open
        self._client: Checks | None = None

    @property
    def id(self) -> str:
        """``"shop-us"``."""
        return self.connection.id

    @property
    def connector(self) -> str:
        """The connector's name: ``"shopify"``."""
        return self.connection.connector

    @property
    def enabled(self) -> bool:
        """False: nothing is sent and nothing taken in."""
        return self.connection.enabled

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """All that a delivery may be signed with now."""
        return self.connection.all_webhook_secrets

    @property
    def health(self) -> Health:
        """How it is, as this process sees it."""
        return replace(self.gate.health, enabled=self.enabled)

    @property
    def client(self) -> Checks:
        """The connector's client. Ask for it by what it must do: `pulls`, `performs`, ...

        Raises: Unavailable when the connection is switched off; Misconfigured when a setting is
        wrong, which pauses the connection.
        """
        if not self.enabled:
            raise Unavailable(f"{self.id} is switched off")
        if self._client is None:
            try:
                self._client = self._open()
            except Misconfigured as error:
                self.gate.refused(error)
                raise
        return self._client

    def pulls(self, kind: Kind) -> Pulls:
        """Return the client that pulls *kind*. Raises: Unsupported, and as `client`."""
        self.require_pull(kind)
        return cast(Pulls, self.client)

    def fetches(self, kind: Kind) -> Fetches:
        """Return the client that fetches *kind*. Raises: Unsupported, and as `client`."""
        self.require_fetch(kind)
        return cast(Fetches, self.client)

    def performs(self, command: Command) -> Performs:
        """Return the client that performs *command*. Raises: Unsupported, and as `client`."""
        self.require_command(command)
        return cast(Performs, self.client)

    def looks_up(self, command: Command) -> LooksUp:
        """Return the client that knows whether *command* took effect.

        Raises: Unsupported unless the command is declared askable, and as `client`.
        """
        if self.require_command(command).delivery is not Delivery.ASKABLE:
            raise self._unsupported(f"look up {NAME_OF[type(command)]}")
        return cast(LooksUp, self.client)

    def receives(self) -> ReceivesWebhooks:
        """Return the client that verifies webhooks. Raises: Unsupported, and as `client`."""
        if self.manifest.webhooks is None:
            raise self._unsupported("send webhooks")
        return cast(ReceivesWebhooks, self.client)

    def can_pull(self, kind: Kind) -> bool:
        """Say whether the manifest declares it, and this connection has what it needs."""
        read = self.manifest.reads.get(kind)
        return read is not None and read.pull and self._has(read.needs)

    def can_fetch(self, kind: Kind) -> bool:
        """As `can_pull`."""
        read = self.manifest.reads.get(kind)
        return read is not None and read.fetch and self._has(read.needs)

    def can_perform(self, command: str) -> bool:
        """As `can_pull`, of a command by its name: ``"cancel_order"``."""
        rule = self.manifest.commands.get(command)
        return rule is not None and self._has(rule.needs)

    @property
    def capabilities(self) -> tuple[str, ...]:
        """Those of the manifest that this connection has what it needs for."""
        reads = self.manifest.reads.items()
        lacking = {
            f"{how}:{kind}"
            for kind, read in reads
            if not self._has(read.needs)
            for how in ("pull", "fetch")
        }
        lacking |= {name for name in self.manifest.commands if not self.can_perform(name)}
        return tuple(one for one in self.manifest.capabilities if one not in lacking)

    def _has(self, setting: str | None) -> bool:
        return setting is None or bool(self.connection.settings.get(setting))

    def require_pull(self, kind: Kind) -> None:
        """Raise Unsupported unless it pulls *kind*."""
        if not self.can_pull(kind):
            raise self._unsupported(f"give all of {kind}")

    def require_fetch(self, kind: Kind) -> None:
        """Raise Unsupported unless it fetches *kind*."""
        if not self.can_fetch(kind):
            raise self._unsupported(f"give one {kind}")

    def require_command(self, command: Command) -> CommandRule:
        """Return how *command* is delivered. Raises: Unsupported unless it is declared."""
        name = NAME_OF[type(command)]
        if not self.can_perform(name):
            raise self._unsupported(name.replace("_", " "))
        return self.manifest.commands[name]

    def resume(self) -> None:
        """Ask the system again at once, paused or not: an operator has mended what was wrong."""
        self._client = None
        self.gate.resume()

    def _unsupported(self, what: str) -> Unsupported:
        return Unsupported(f"{self.id} ({self.connector}) does not {what}", code="UNSUPPORTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What `Systems` stands on, all of it replaceable: connectors, their manifests, the clocks.

    *share*: the part of each account's budget that this process may use.
    """

    manifests: Manifests = field(default_factory=registry.discover)
    load: Callable[[str], Connector] = registry.load
    clock: Clock = utc_now
    ticks: Ticks = time.monotonic
    share: float = 1.0


class Systems:
    """All connections of this process, by id."""

    def __init__(
        self,
        connections: Iterable[Connection],
        session: aiohttp.ClientSession,
        outside: Outside | None = None,
    ) -> None:
        self._session = session
        self._outside = outside or Outside()
        self._connected: dict[str, Connected] = {}
        self.replace(connections)

    def get(self, id: str) -> Connected:
        """Return one, switched on or off. Raises: NotFound."""
        try:
            return self._connected[id]
        except KeyError:
            raise NotFound(f"no connection {id!r}", path=("connection",)) from None

    def find(self, id: str) -> Connected | None:
        """Return one, or None."""
        return self._connected.get(id)

    def all(self) -> list[Connected]:
        """Return all, by id."""
        return [self._connected[id] for id in sorted(self._connected)]

    def replace(self, connections: Iterable[Connection]) -> None:
        """Take these connections in place of those before. Requests under way end as they began.

        One that did not change stays as it is; one that did keeps its budget, and is asked again.
        """
        self._connected = {one.id: self._kept_or_made(one) for one in connections}

    def health(self) -> Mapping[str, Health]:
        """Return how each is, as this process sees it."""
        return {one.id: one.health for one in self.all()}

    def _kept_or_made(self, connection: Connection) -> Connected:
        held = self._connected.get(connection.id)
        if held is None or held.connector != connection.connector:
            return self._made(connection, self._new_gate(connection))
        if held.connection == connection:
            return held
        held.resume()
        return self._made(connection, held.gate)

    def _made(self, connection: Connection, gate: AccountGate) -> Connected:
        manifest = self._outside.manifests[connection.connector]
        conceal([*connection.secrets(manifest).values(), *connection.webhook_secrets])

        def open() -> Checks:
            url = connection.settings.get("url") or NO_ADDRESS
            connector = self._outside.load(connection.connector)
            return connector.open(connection.settings, Http(self._session, url, gate=gate))

        return Connected(connection, manifest, gate, open)

    def _new_gate(self, connection: Connection) -> AccountGate:
        outside = self._outside
        limits = outside.manifests[connection.connector].limits
        budget = Budget(limits, outside.ticks, share=outside.share)
        return AccountGate(connection.id, budget, outside.clock, outside.ticks)
