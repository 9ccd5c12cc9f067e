"""Manifests: what a connector declares of itself, read without importing it."""

import tomllib
from enum import StrEnum
from pathlib import Path

import msgspec

from connectors.sdk import commands
from connectors.sdk.records import Kind

COMMANDS: dict[str, type] = {
    "cancel_order": commands.CancelOrder,
    "request_fulfillment": commands.RequestFulfillment,
    "cancel_fulfillment": commands.CancelFulfillment,
    "ship_fulfillment_order": commands.ShipFulfillmentOrder,
    "buy_label": commands.BuyLabel,
    "void_label": commands.VoidLabel,
    "record_shipment": commands.RecordShipment,
    "record_delivery": commands.RecordDelivery,
    "set_inventory": commands.SetInventory,
    "create_refund": commands.CreateRefund,
    "request_return": commands.RequestReturn,
    "receive_return": commands.ReceiveReturn,
}
"""Every command there is, by the name a manifest declares it under."""

NAME_OF = {command: name for name, command in COMMANDS.items()}


class Delivery(StrEnum):
    """What happens when a command is performed twice with one key.

    idempotent: the second changes nothing. askable: `look_up` tells whether the first happened.
    neither: after an unknown outcome a person decides; it is never resent.
    """

    IDEMPOTENT = "idempotent"
    ASKABLE = "askable"
    NEITHER = "neither"


class SystemKind(StrEnum):
    SHOP = "shop"
    POS = "pos"
    MARKETPLACE = "marketplace"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    PAYMENT = "payment"


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing a connection must be given."""

    description: str
    secret: bool = False
    required: bool = True
    example: str | None = None


class Read(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How records of one kind reach us. *incremental* says what `pull` follows after a checkpoint:
    ``updated_at``, ``journal``, ``open`` (re-reads everything not final) or ``none`` (all, each
    time). *overlap_s*: how far behind its checkpoint a pull begins, and why is in the README."""

    pull: bool = False
    fetch: bool = False
    incremental: str = "none"
    overlap_s: int = 0
    every_s: int = 60
    """Seconds between two pulls, as a default."""
    needs: str | None = None
    """An optional setting without which a connection cannot read this: a second credential. The
    gateway then takes it for not declared."""


class Webhooks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """*signed* False: the system sends a shared secret, or nothing, in place of a signature.
    *tolerance_s*: how old a delivery may be; None where the scheme has no time."""

    topics: tuple[str, ...]
    signed: bool = True
    tolerance_s: int | None = None


class CommandRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    delivery: Delivery
    note: str | None = None
    needs: str | None = None
    """As in `Read`."""
    settle_s: int = 30
    """How long the system may go on working on it after we hung up: only then does a look-up that
    finds nothing mean that nothing happened."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account's budget before any answer taught us better."""

    requests_per_s: float
    burst: int
    concurrency: int = 4


class Quality(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level: str
    evidence: str
    """``"running system"`` or ``"contract"``: what the connector was proven against."""
    exempt: dict[str, str] = {}
    """Kit rule -> reason why it cannot hold here."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``manifest.toml``."""

    name: str
    kinds: tuple[SystemKind, ...]
    api: str
    """The contract's name and version: ``"Admin GraphQL 2026-10"``."""
    docs: str
    settings: dict[str, Setting]
    carries: tuple[str, ...] = ()
    """Names, in lower case, that shops and warehouses give a carrier whose parcels are looked up
    here by number: ``("ups",)``. For carriers that give no list of their own (no pull)."""
    reads: dict[Kind, Read] = {}
    webhooks: Webhooks | None = None
    commands: dict[str, CommandRule] = {}
    limits: Limits
    quality: Quality

    @property
    def capabilities(self) -> tuple[str, ...]:
        """``("pull:order", "fetch:order", "webhooks", "cancel_order", ...)``, sorted."""
        reads = [f"pull:{kind}" for kind, read in self.reads.items() if read.pull]
        reads += [f"fetch:{kind}" for kind, read in self.reads.items() if read.fetch]
        hooks = ["webhooks"] if self.webhooks else []
        return tuple(sorted([*reads, *hooks, *self.commands]))


def load(path: Path) -> Manifest:
    """Read one manifest. Raises: ValueError naming the file, the key and what is wrong with it."""
    try:
        manifest = msgspec.convert(tomllib.loads(path.read_text()), Manifest)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: {error}") from error
    unknown = sorted(set(manifest.commands) - set(COMMANDS))
    if unknown:
        raise ValueError(f"{path}: commands: no such command: {', '.join(unknown)}")
    return manifest
