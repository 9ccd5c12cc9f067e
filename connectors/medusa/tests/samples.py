"""The samples, as the tests beside this take them apart and put them together again."""

import json
from pathlib import Path
from typing import Any

from connectors.medusa.kit import KIT, READING
from connectors.medusa.mapping import Node, Reading, row
from connectors.sdk.changes import Change
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind

FOLDER = Path(__file__).parent.parent / "samples"

Given = dict[str, Any]


def load(name: str) -> Given:
    """Return one sample: about, kind, given, expect."""
    sample: Given = json.loads((FOLDER / f"{name}.json").read_text())
    return sample


def order(name: str = "order_placed") -> Given:
    """Return the first order of a sample, to be changed."""
    found: Given = load(name)["given"]["orders"][0]
    return found


def node(value: object) -> Node:
    """Return *value* as it is read from the wire: numbers with a point are decimals."""
    return Node(parse_json(json.dumps(value)), "answer")


def read(kind: Kind, given: Given, reading: Reading = READING) -> list[Change]:
    return row(kind, node(given), reading)


__all__ = ["FOLDER", "KIT", "READING", "Given", "load", "node", "order", "read"]
