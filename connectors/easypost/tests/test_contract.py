"""EasyPost's own contract: recorded answers map, our requests and our simulator have its shapes."""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.easypost import errors as refusals
from connectors.easypost import mapping, requests, webhooks
from connectors.easypost.mapping import Node
from connectors.easypost.simulator import Simulator
from connectors.easypost.tests.conftest import NOWHERE, serving
from connectors.sdk import errors
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.commands import BuyLabel
from connectors.sdk.http import parse_json
from connectors.sdk.values import Address, Money, Parcel

FOLDER = Path(__file__).parents[3] / "../shared/contracts"
CONTRACTS = Path(os.environ.get("CONTRACTS_DIR", FOLDER)).resolve()
NOW = datetime(2026, 3, 5, tzinfo=UTC)

Shape = dict[str, set[str]]


def delivery(body: bytes, **headers: str) -> RawDelivery:
    return RawDelivery(url="https://we.example/webhooks/easypost", headers=headers, body=body)


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    """Every example of the contract by its path."""
    folder = CONTRACTS / "easypost/examples"
    if not folder.is_dir():
        pytest.skip(f"no contract at {folder}: set CONTRACTS_DIR")
    return {
        str(path.relative_to(folder)): json.loads(path.read_bytes())
        for path in sorted(folder.rglob("*.json"))
    }


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object in *value*, however deep."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            yield from objects(item)


def parsed(value: Any) -> Any:
    """The same JSON as the connector reads it: decimals, never floats."""
    return parse_json(json.dumps(value))


def test_every_recorded_object_maps(examples: dict[str, Any]) -> None:
    """All trackers and shipments of the contract are read, and all events decode."""
    found = [one for value in examples.values() for one in objects(value)]
    count: dict[str, int] = defaultdict(int)
    for one in found:
        count[str(one.get("object"))] += 1
        if one.get("object") == "Tracker":
            mapping.tracker(Node.of(parsed(one)))
        elif one.get("object") == "Shipment":
            mapping.shipment(Node.of(parsed(one)), NOW)
        elif one.get("object") == "Event":
            webhooks.decode(delivery(json.dumps(one, default=str).encode()), NOW)
    assert (46, 47, 13) == (count["Tracker"], count["Shipment"], count["Event"])


def test_recorded_purchase_reads_as_label(examples: dict[str, Any]) -> None:
    """The recorded buy gives the label, its price and our reference."""
    answer = Node.of(parsed(examples["recorded/shipment_buy.json"][1]["response"]["body"]))
    label, record = mapping.label(answer), mapping.shipment(answer, NOW)[0]
    assert (Money(minor=607, currency="USD"), "GroundAdvantage") == (label.cost, label.service)
    assert "123" == getattr(record, "reference", None)


def test_requests_have_the_recorded_shape(examples: dict[str, Any]) -> None:
    """Bodies that we send have keys and types that recorded requests have, at every level."""
    create, buy = (e["request"]["body"] for e in examples["recorded/shipment_buy.json"])
    refund = examples["recorded/shipment_refund.json"][1]["request"]["body"]
    full = BuyLabel(
        key="k",
        reference="r",
        ship_from=Address(name="n", line1="1", line2="2", city="c", province="NV"),
        ship_to=Address(postal_code="1", country_code="US", phone="5", email="a@b.example"),
        parcels=(Parcel(weight_g=436, length_mm=254, width_mm=200, height_mm=101),),
    )
    assert [] == misfits(requests.create(full).json, create)
    assert [] == misfits(requests.buy("shp_1", "rate_1").json, buy)
    assert refund == requests.refund("shp_1").json


def misfits(sent: Any, recorded: Any, path: str = "$") -> list[str]:
    """Where *sent* has a key or a type that *recorded* has not."""
    kinds = [
        str if isinstance(v, str) else dict if isinstance(v, dict) else float
        for v in (sent, recorded)
    ]
    if kinds[0] is not kinds[1]:
        return [f"{path}: {kinds}"]
    if kinds[0] is not dict:
        return []
    unknown = [f"{path}.{key}: unknown" for key in sent.keys() - recorded.keys()]
    deeper = [misfits(sent[k], recorded[k], f"{path}.{k}") for k in sent.keys() & recorded.keys()]
    return unknown + [line for lines in deeper for line in lines]


def test_recorded_refusals_become_ours(examples: dict[str, Any]) -> None:
    """Both recorded forms of a refusal are read: fields, and bare sentences."""
    one = examples["recorded/error.json"][0]["response"]
    other = examples["recorded/error_alternative_format.json"][0]["response"]
    address = examples["recorded/address_verify_invalid_address.json"][1]["response"]
    found = [refusals.refusal(r["status"], r["body"]) for r in (one, other, address)]
    assert [
        (errors.Rejected, "PARAMETER.REQUIRED", "shipment"),
        (errors.Missing, "NOT_FOUND", None),
        (errors.Rejected, "ADDRESS.VERIFY.FAILURE", "address"),
    ] == [(type(e), getattr(e, "code", ""), getattr(e, "field", "")) for e in found]


def test_vendor_signature_vector_passes() -> None:
    """EasyPost's own example: a secret with an accent, over a body with non-integer weights."""
    path = CONTRACTS / "webhook-signature-vectors.json"
    if not path.is_file():
        pytest.skip(f"no vectors at {path}: set CONTRACTS_DIR")
    vectors = json.loads(path.read_text())
    listed = vectors if isinstance(vectors, list) else vectors["vectors"]
    vector = next(one for one in listed if one["vendor"] == "easypost")
    signed = delivery(vector["body"].encode(), **{webhooks.HEADER: vector["signature"]})
    assert "evt_1" == webhooks.verify(signed, [vector["key"]], NOW).id
    assert 1 == len(webhooks.decode(signed, NOW))


# The simulator


def shape(found: list[Any]) -> dict[str, tuple[set[str], Shape]]:
    """Object type -> the keys that all of its kind have, and the types of each key's values."""
    always: dict[str, set[str]] = {}
    types: dict[str, Shape] = defaultdict(lambda: defaultdict(set))
    for one in objects(found):
        kind = str(one.get("object") or "/".join(sorted(one)))
        always[kind] = always.get(kind, set(one)) & set(one)
        for key, value in one.items():
            types[kind][key].add(type(value).__name__)
    return {kind: (always[kind], types[kind]) for kind in always}


KINDS = (
    "Address CarrierDetail Event Fee Parcel PostageLabel Rate Refund Shipment Tracker"
    " TrackingDetail TrackingLocation"
).split()
WRAPPERS = ("has_more/shipments", "has_more/trackers", "code/errors/message", "field/message")


async def test_simulator_answers_have_the_recorded_shapes(examples: dict[str, Any]) -> None:
    """Each object that the simulator states has the keys and types of the recorded ones, and null
    only where some recorded one has null."""
    # Luma's one call is another product's answer: a shipment of fewer keys.
    recorded = shape([value for name, value in examples.items() if "luma-one" not in name])
    ours = shape(await simulated())
    assert {*KINDS, *WRAPPERS} <= set(ours)
    wrong = []
    for kind in (*KINDS, *WRAPPERS):
        (must, theirs), (always, mine) = recorded[kind], ours[kind]
        wrong += [f"{kind}.{key}: missing" for key in must - always]
        wrong += [f"{kind}.{key}: unknown" for key in mine.keys() - theirs.keys()]
        wrong += [
            f"{kind}.{key}: {mine[key] - theirs[key]}"
            for key in mine.keys() & theirs.keys()
            if mine[key] - theirs[key]
        ]
    assert [] == wrong


async def simulated() -> list[Any]:
    """Everything the simulator says while a label is bought, a parcel goes, a label comes back."""
    simulator = Simulator(NOWHERE, lambda: NOW)
    simulator.register("https://we.example/webhooks/easypost")
    said: list[Any] = []
    async with serving(simulator) as url, aiohttp.ClientSession(url + "/") as session:
        user = aiohttp.encode_basic_auth(simulator.settings["api_key"], "")

        async def ask(method: str, path: str, body: Any = None) -> Any:
            async with session.request(
                method, path, json=body, headers={"authorization": user}
            ) as answer:
                said.append(await answer.json())
                return said[-1]

        goal = {"name": "Ada", "street1": "9 Elm St", "city": "Reno", "state": "NV", "zip": "89501"}
        given = {"to_address": goal, "from_address": goal, "parcel": {"weight": 9}}
        shipments = [await ask("POST", "shipments", {"shipment": given}) for _ in range(2)]
        for one in shipments:
            await ask("POST", f"shipments/{one['id']}/buy", {"rate": {"id": one["rates"][0]["id"]}})
        await ask("POST", f"shipments/{shipments[0]['id']}/refund", {})
        await ask("POST", "trackers", {"tracker": {"tracking_code": "EZ1"}})
        for _ in range(10):
            simulator.advance()
        for path in ("trackers", "shipments?end_datetime=2026-03-06T00:00:00Z", "shipments/none"):
            await ask("GET", path)
        await ask("POST", "shipments", {"shipment": {}})
    return [*said, *[json.loads(post.body) for post in simulator.posts]]
