"""What the conformance kit asks of EasyPost's simulator (see connectors.sdk.conformance.kit)."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from connectors.easypost import mapping
from connectors.easypost.connector import EasyPost
from connectors.easypost.mapping import Node
from connectors.easypost.simulator import Simulator
from connectors.easypost.webhooks import decode
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import BuyLabel, Command, VoidLabel
from connectors.sdk.conformance.kit import TrackerFacts
from connectors.sdk.conformance.world import DEPOT, HOME
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.values import Parcel

READ_AT = datetime(2026, 3, 5, tzinfo=UTC)
"""When the samples were read."""
PARCELS = 110
"""More than a page of trackers."""


class _Kit:
    async def fill(self, simulator: Simulator, client: EasyPost) -> None:
        """One label of ours, one given back, and many parcels labelled elsewhere."""
        number = len(simulator.shipments)
        await client.perform(_buy(f"fill-{number}"))
        void = await client.perform(_buy(f"fill-{number + 1}"))
        await client.perform(VoidLabel(key="fill", label_id=void.external_id or ""))
        for parcel in range(PARCELS):
            simulator.accept(f"{number:04}{parcel:06}", HOME)
        simulator.advance()

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        """Trackers as webhooks told of them; shipments that were bought: only those are listed."""
        if kind is Kind.SHIPMENT:
            return [one["id"] for one in simulator.shipments if one["postage_label"]]
        told = [json.loads(post.body) for post in simulator.posts]
        return [one["result"]["id"] for one in told if one["description"] == "tracker.created"]

    async def arrange(self, command: str, simulator: Simulator, client: EasyPost) -> Command:
        buy = _buy("arranged")
        if command == "buy_label":
            return buy
        bought = await client.perform(buy)
        return VoidLabel(key="void", label_id=bought.external_id or "")

    def effects(self, command: Command, simulator: Simulator) -> int:
        """Labels of the reference; or labels given back: EasyPost refunds one once at most."""
        match command:
            case BuyLabel():
                found = [one for one in simulator.shipments if one["postage_label"]]
                return len([one for one in found if one["reference"] == command.reference])
            case _:
                return len([one for one in simulator.shipments if one["refund_status"]])

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        body = json.dumps(sample["given"]).encode()
        match sample["kind"]:
            case "webhook":
                return decode(RawDelivery(url="", headers={}, body=body), READ_AT)
            case "tracker":
                return [mapping.tracker(Node.of(parse_json(body)))]
            case _:
                return mapping.shipment(Node.of(parse_json(body)), READ_AT)

    def tracker(self, facts: TrackerFacts) -> Sequence[list[Change]]:
        """A scan with its time in UTC, at the place, and without a place; a carrier's words are its
        message, or where that is empty its description. By webhook and by the API."""
        place = facts.scanned_at.astimezone(timezone(timedelta(hours=-8)))
        forms = (
            {"datetime": _utc(facts.scanned_at), "message": facts.description},
            {"datetime": place.isoformat(), "message": "", "description": facts.description},
            {"datetime": _utc(facts.scanned_at).rstrip("Z"), "message": facts.description},
        )
        given = [_tracker(facts, scan) for scan in forms]
        event = {"id": "evt_1", "description": "tracker.updated", "result": given[0]}
        return [
            self.read({"kind": "webhook", "given": event}),
            *(self.read({"kind": "tracker", "given": one}) for one in given),
        ]


def _tracker(facts: TrackerFacts, scan: Mapping[str, Any]) -> dict[str, Any]:
    """The tracker of a sample, with one scan in place of its own."""
    path = Path(__file__).with_name("samples") / "tracker_on_its_way.json"
    sample = json.loads(path.read_text())["given"]["result"]
    said = {"status": facts.status or "in_transit", "status_detail": "unknown"}
    details = [{**sample["tracking_details"][0], **said, **scan}]
    return {**sample, **said, "tracking_code": facts.number, "tracking_details": details}


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _buy(reference: str) -> BuyLabel:
    return BuyLabel(
        key=f"key-{reference}",
        reference=reference,
        ship_from=DEPOT,
        ship_to=HOME,
        parcels=(Parcel(weight_g=453),),
    )


KIT = _Kit()
