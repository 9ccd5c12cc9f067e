"""What the conformance kit asks of this connector (see connectors.sdk.conformance.kit): how its
samples are read, and how karrio proves a delivery. It has no simulator: karrio itself can be run.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.karrio import mapping, webhooks
from connectors.karrio.document import Document
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.http import parse_json

READ_AT = datetime(2026, 10, 22, 12, tzinfo=UTC)
"""When the samples were read."""
URL = "https://karrio.example"
"""Of the server that the samples are of: a label's address is a path at it."""


class _Kit:
    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        """Map one shipment or tracker, or decode a webhook, as it comes off the wire."""
        body = msgspec.json.encode(sample["given"])
        match sample["kind"]:
            case "webhook":
                return webhooks.decode(RawDelivery(url="", headers={}, body=body), READ_AT, URL)
            case "tracker":
                return [mapping.tracker(Document.of(parse_json(body)), READ_AT)]
            case _:
                return [mapping.shipment(Document.of(parse_json(body)), URL, READ_AT)]

    def sign(self, body: bytes, secret: str, at: datetime) -> RawDelivery:
        """Send as karrio does: the secret itself is the proof, of the sender and not of *body*."""
        headers = {"content-type": "application/json", "x-event-id": secret}
        return RawDelivery(url="", headers=headers, body=body)


KIT = _Kit()
