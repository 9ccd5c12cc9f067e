"""Samples: what a shop states and the changes that must come of it, as plain JSON."""

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import CreateRefund
from connectors.sdk.records import Kind
from connectors.sdk.values import Money
from connectors.vendure import mapping, requests, webhooks
from connectors.vendure.mapping import Node, Options, Reading

FOLDER = Path(__file__).parent.parent / "samples"
READ_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPTIONS = Options(
    pickup_methods=frozenset({"pickup"}), stores=frozenset({"STORE-NYC"}), verifies_email=True
)
REFUND = CreateRefund(
    key="k1",
    order_id="71",
    payment_id="61",
    amount=Money(minor=500, currency="USD"),
    reason="dented",
)
"""A refund of the sample orders."""


def load(name: str) -> dict[str, Any]:
    """Return one sample: about, kind, given, expect."""
    sample: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return sample


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def root(given: dict[str, Any]) -> Node:
    return Node(given, "data")


def reading(given: dict[str, Any], options: Options = OPTIONS) -> Reading:
    return Reading.of(root(given), options, READ_AT)


def changes(sample: dict[str, Any]) -> list[Change]:
    """Read a sample as the connector does."""
    if sample["kind"] == "webhook":
        body = json.dumps(sample["given"]).encode()
        return webhooks.decode(RawDelivery(url="", headers={}, body=body), READ_AT)
    kind = Kind(sample["kind"])
    rows = root(sample["given"])[requests.ROOT[requests.DOCUMENTS[kind]]]["items"].items()
    read = reading(sample["given"])
    return [change for row in rows for change in mapping.row(kind, row, read)]


def order(name: str) -> mapping.Node:
    """Return the one order of a sample."""
    return root(load(name)["given"])["orders"]["items"].items()[0]


def plain(value: object) -> Any:
    """Write a change as JSON has it, without the fields that have their default value."""
    if is_dataclass(value) and not isinstance(value, type):
        stated = {
            one.name: plain(getattr(value, one.name))
            for one in fields(value)
            if one.default is MISSING or getattr(value, one.name) != one.default
        }
        is_change = hasattr(value, "external_id")
        return {"record": type(value).__name__, **stated} if is_change else stated
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value
