"""The samples, as the tests beside this take them apart and put them together again."""

import json
from pathlib import Path
from typing import Any

from connectors.sdk.commands import CreateRefund
from connectors.sdk.values import Money
from connectors.vendure.kit import OPTIONS, READ_AT
from connectors.vendure.mapping import Node, Options, Reading

FOLDER = Path(__file__).parent.parent / "samples"

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
