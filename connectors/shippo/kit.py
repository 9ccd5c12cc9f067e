"""What the conformance kit asks of Shippo's simulator (see connectors.sdk.conformance.kit)."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import BuyLabel, Command, VoidLabel
from connectors.sdk.conformance.kit import TrackerFacts
from connectors.sdk.conformance.world import DEPOT, HOME
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.values import Parcel
from connectors.shippo.connector import Shippo
from connectors.shippo.mapping import labels, tracking
from connectors.shippo.mapping.reading import Node
from connectors.shippo.simulator import Simulator
from connectors.shippo.webhooks import decode

READ_AT = datetime(2026, 3, 5, tzinfo=UTC)
"""When the samples were read."""
LABELS = 26
"""More than a page of trackers."""
GOAL = {"street1": "9 Elm St", "city": "Bend", "state": "OR", "zip": "97701", "country": "US"}


class _Kit:
    async def fill(self, simulator: Simulator, client: Shippo) -> None:
        """One label of ours, one given back, and many bought at Shippo's own pages."""
        number = len(simulator.labels)
        await client.perform(_buy(f"fill-{number}"))
        void = await client.perform(_buy(f"fill-{number + 1}"))
        await client.perform(VoidLabel(key="fill", label_id=void.external_id or ""))
        for _ in range(LABELS):
            simulator.label_elsewhere(GOAL)
        simulator.advance()

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        if kind is Kind.SHIPMENT:
            return [one["object_id"] for one in simulator.labels]
        return [f"{one['carrier']}/{one['tracking_number']}" for one in simulator.parcels]

    async def arrange(self, command: str, simulator: Simulator, client: Shippo) -> Command:
        buy = _buy("arranged")
        if command == "buy_label":
            return buy
        bought = await client.perform(buy)
        return VoidLabel(key="void", label_id=bought.external_id or "")

    def effects(self, command: Command, simulator: Simulator) -> int:
        """Labels of the reference; or refunds of the label."""
        match command:
            case BuyLabel():
                found = [one for one in simulator.labels if one["tracking_number"]]
                return len([one for one in found if one["metadata"] == command.reference])
            case VoidLabel():
                return len([o for o in simulator.refunds if o["transaction"] == command.label_id])
            case _:
                raise AssertionError(f"not a command of Shippo's: {command}")

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        body = json.dumps(sample["given"]).encode()
        node = Node.of(parse_json(body))
        match sample["kind"]:
            case "webhook":
                return decode(RawDelivery(url="", headers={}, body=body), is_test=False)
            case "tracker":
                return [tracking.tracker(node)]
            case _:
                rate = node.maybe_node("rate")
                return [labels.shipment(node.node("transaction"), rate, READ_AT)]

    def tracker(self, facts: TrackerFacts) -> Sequence[list[Change]]:
        """As it is fetched and as it is told; with a finer word or without; with a Z or without."""
        tracks = [_track(facts, zone, finer) for zone in ("Z", "") for finer in (True, False)]
        events = [json.dumps({"event": "track_updated", "data": one}).encode() for one in tracks]
        told = [decode(RawDelivery(url="", headers={}, body=one), is_test=None) for one in events]
        read: list[list[Change]] = [
            [tracking.tracker(Node.of(parse_json(json.dumps(one))))] for one in tracks
        ]
        return [*told, *read]


def _track(facts: TrackerFacts, zone: str, finer: bool) -> dict[str, Any]:
    at = facts.scanned_at.strftime("%Y-%m-%dT%H:%M:%S.000") + zone
    code = facts.status or "package_departed"
    event = {
        "object_id": "11111111111111111111111111111111",
        "object_created": at,
        "object_updated": None,
        "status": facts.status or "TRANSIT",
        "substatus": {"code": code, "text": "", "action_required": False} if finer else None,
        "status_details": facts.description,
        "status_date": at,
        "location": None,
    }
    return {
        "carrier": "ups",
        "tracking_number": facts.number,
        "messages": [],
        "tracking_status": event,
        "tracking_history": [event],
    }


def _buy(reference: str) -> BuyLabel:
    return BuyLabel(
        key=f"key-{reference}",
        reference=reference,
        ship_from=DEPOT,
        ship_to=HOME,
        parcels=(Parcel(weight_g=453, length_mm=254, width_mm=203, height_mm=102),),
    )


KIT = _Kit()
