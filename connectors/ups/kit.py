"""What the conformance kit asks of UPS's simulator (see connectors.sdk.conformance.kit)."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Removed
from connectors.sdk.conformance.kit import TrackerFacts
from connectors.sdk.conformance.world import HOME
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.ups import mapping
from connectors.ups.connector import Ups
from connectors.ups.simulator import Simulator
from connectors.ups.webhooks import decode

READ_AT = datetime(2026, 3, 20, tzinfo=UTC)
"""When the samples were read."""
NUMBER = "1Z999AA10123456784"
"""What the samples are asked for by."""
PARCELS = 5
ELSEWHERE = timezone(timedelta(hours=-5))


class _Kit:
    async def fill(self, simulator: Simulator, client: Ups) -> None:
        """Parcels that arrive, each after another way."""
        made = len(simulator.numbers)
        for number in range(made, made + PARCELS):
            simulator.accept(f"1Z999AA1{number:010}", HOME)
        for _ in range(10):
            simulator.advance()

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        return simulator.numbers

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        body = json.dumps(sample["given"]).encode()
        if sample["kind"] == "webhook":
            return decode(RawDelivery(url="", headers={}, body=body), READ_AT)
        return _mapped(parse_json(body), NUMBER)

    def tracker(self, facts: TrackerFacts) -> Sequence[list[Change]]:
        """In every form of a scan's time (GMT with and without marks, local with the offset), with
        the status as a type, and as the bare code that a currentStatus may be."""
        gmt = facts.scanned_at.astimezone(UTC)
        local = gmt.astimezone(ELSEWHERE)
        times = (
            {"gmtDate": f"{gmt:%Y%m%d}", "gmtTime": f"{gmt:%H:%M:%S}"},
            {"gmtDate": f"{gmt:%Y-%m-%d}", "gmtTime": f"{gmt:%H%M%S}".removeprefix("0")},
            {"date": f"{local:%Y%m%d}", "time": f"{local:%H%M%S}", "gmtOffset": "-05:00"},
        )
        words = ({"type": facts.status or "I", "code": "DP"}, {"code": facts.status or "005"})
        return [_stated(facts, word, time) for word in words for time in times]


def _stated(facts: TrackerFacts, word: Mapping[str, str], time: Mapping[str, str]) -> list[Change]:
    activity = {"status": {**word, "description": facts.description}, **time}
    package = {"trackingNumber": facts.number, "currentStatus": word, "activity": [activity]}
    body = {"trackResponse": {"shipment": [{"package": [package]}]}}
    return _mapped(parse_json(json.dumps(body)), facts.number)


def _mapped(body: object, number: str) -> list[Change]:
    node = mapping.package(body, number)
    if node is None:
        return [Removed(kind=Kind.TRACKER, external_id=number)]
    return [mapping.tracker(node, number, READ_AT)]


KIT = _Kit()
