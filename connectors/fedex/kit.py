"""What the conformance kit asks of FedEx's simulator (see connectors.sdk.conformance.kit)."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from connectors.fedex import mapping
from connectors.fedex.connector import Fedex
from connectors.fedex.simulator import Simulator
from connectors.sdk.changes import Change, Removed
from connectors.sdk.conformance.kit import TrackerFacts
from connectors.sdk.conformance.world import HOME
from connectors.sdk.errors import Missing
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind

READ_AT = datetime(2026, 3, 20, tzinfo=UTC)
"""When the samples were read."""
PARCELS = 35
"""More than a request asks for."""
ELSEWHERE = timezone(timedelta(hours=-5))


class _Kit:
    async def fill(self, simulator: Simulator, client: Fedex) -> None:
        """Parcels under way, each after another way."""
        made = len(simulator.numbers)
        for number in range(made, made + PARCELS):
            simulator.accept(f"7760{number:08}", HOME)
        for _ in range(4):
            simulator.advance()

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        return simulator.numbers

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        return _mapped(sample["given"])

    def tracker(self, facts: TrackerFacts) -> Sequence[list[Change]]:
        """With the offset of a place, with Z, and without, where another part states it again; the
        status as FedEx's own word, as the one derived of it, and as both."""
        local = facts.scanned_at.astimezone(ELSEWHERE)
        zulu = facts.scanned_at.astimezone(UTC)
        times = (
            (local.isoformat(), None),
            (f"{zulu:%Y-%m-%dT%H:%M:%SZ}", None),
            (local.replace(tzinfo=None).isoformat(), local.isoformat()),
        )
        word = facts.status or "DP"
        words = ((word, None), (None, word), (word, word))
        return [_stated(facts, *codes, *time) for codes in words for time in times]


def _stated(
    facts: TrackerFacts, code: str | None, derived: str | None, date: str, pickup: str | None
) -> list[Change]:
    scan = {
        "date": date,
        "eventType": code,
        "derivedStatusCode": derived,
        "eventDescription": facts.description,
        "exceptionDescription": "",
    }
    result = {
        "latestStatusDetail": {"code": code, "derivedCode": derived},
        "scanEvents": [scan],
        "dateAndTimes": [{"type": "ACTUAL_PICKUP", "dateTime": pickup}],
    }
    complete = {"trackingNumber": facts.number, "trackResults": [result]}
    return _mapped({"output": {"completeTrackResults": [complete]}})


def _mapped(given: Any) -> list[Change]:
    """Map every number of an answer."""
    found: list[Change] = []
    for number, node in mapping.results(parse_json(json.dumps(given))).items():
        try:
            found.append(mapping.tracker(mapping.parcel(node), number, READ_AT))
        except Missing:
            found.append(Removed(kind=Kind.TRACKER, external_id=number))
    return found


KIT = _Kit()
