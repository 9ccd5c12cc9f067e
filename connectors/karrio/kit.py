"""What the conformance kit asks of this connector (see connectors.sdk.conformance.kit): how its
samples are read, and how karrio proves a delivery. It has no simulator: karrio itself can be run.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec

from connectors.karrio import mapping, webhooks
from connectors.karrio.document import Document
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.conformance.kit import TrackerFacts
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

    def tracker(self, facts: TrackerFacts) -> Sequence[list[Change]]:
        """A scan with karrio's timestamp, in UTC and with the carrier's offset, and with the two
        spellings of a date and time that carriers have; read, and as a webhook."""
        there = facts.scanned_at.astimezone(timezone(timedelta(hours=-8)))
        forms = (
            {"timestamp": f"{facts.scanned_at:%Y-%m-%dT%H:%M:%S.000Z}"},
            {"timestamp": there.isoformat(timespec="milliseconds")},
            {"date": f"{facts.scanned_at:%Y-%m-%d}", "time": f"{facts.scanned_at:%H:%M:%S}"},
            {"date": f"{facts.scanned_at:%m/%d/%Y}", "time": f"{facts.scanned_at:%I:%M:%S %p}"},
        )
        given = [_tracker(facts, scan) for scan in forms]
        webhook = {"event": "tracker_updated", "data": given[0]}
        return [
            self.read({"kind": "webhook", "given": webhook}),
            *(self.read({"kind": "tracker", "given": one}) for one in given),
        ]


def _tracker(facts: TrackerFacts, scan: Mapping[str, Any]) -> dict[str, Any]:
    """The tracker of a sample, with one scan in place of its own."""
    path = Path(__file__).with_name("samples") / "tracker_under_way.json"
    sample = json.loads(path.read_text())["given"]
    word = facts.status or "in_transit"
    when = {"date": None, "time": None, "timestamp": None, **scan}
    event = {**sample["events"][0], "status": word, "description": facts.description, **when}
    return {**sample, "tracking_number": facts.number, "status": word, "events": [event]}


KIT = _Kit()
