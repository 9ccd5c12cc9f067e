"""What the conformance kit asks of this connector (see connectors.sdk.conformance.kit): how its
samples are read, and how its shop signs. It has no simulator: the shop itself can be run."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.records import Kind
from connectors.vendure import mapping, requests, stating, webhooks
from connectors.vendure.mapping import Node, Options, Reading

READ_AT = datetime(2026, 2, 28, 12, tzinfo=UTC)
"""When the samples were read."""
OPTIONS = Options(
    pickup_methods=frozenset({"pickup"}), stores=frozenset({"STORE-NYC"}), verifies_email=True
)
"""What the samples' operator says of the shop."""


class _Kit:
    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        """Map a whole answer, into which the shop's settings are put; or decode a webhook."""
        if sample["kind"] == "webhook":
            body = json.dumps(sample["given"]).encode()
            return webhooks.decode(RawDelivery(url="", headers={}, body=body), READ_AT)
        root, kind = Node(sample["given"], "data"), Kind(sample["kind"])
        reading = Reading.of(root, OPTIONS, READ_AT)
        rows = root[requests.ROOT[requests.DOCUMENTS[kind]]]["items"].items()
        return [change for row in rows for change in mapping.row(kind, row, reading)]

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        return [self.read(sample) for sample in stating.orders(facts)]

    def sign(self, body: bytes, secret: str, at: datetime) -> RawDelivery:
        """Send as the plugin does; only time and signature matter, the rest repeats the body."""
        timestamp = str(int(at.timestamp()))
        signature = signatures.sha256(secret.encode(), timestamp.encode(), b".", body).hex()
        headers = {
            "content-type": "application/json",
            "x-vendure-timestamp": timestamp,
            "x-vendure-signature": f"sha256={signature}",
        }
        return RawDelivery(url="", headers=headers, body=body)


KIT = _Kit()
