"""What Tryton states: samples, wrong shapes, stock; and the settings of a connection."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.sdk.conformance.checks.samples import stated
from connectors.sdk.errors import Malformed, Misconfigured
from connectors.sdk.http import Http
from connectors.sdk.records import LineCounters, OrderRecord
from connectors.tryton import CONNECTOR
from connectors.tryton.kit import KIT
from connectors.tryton.mapping import sales, stock, wire
from connectors.tryton.mapping.wire import Row

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_samples_become_what_they_expect(path: Path) -> None:
    """Every sample's answers map to exactly the records it states."""
    sample = json.loads(path.read_text())

    assert [stated(change) for change in KIT.read(sample)] == sample["expect"]


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


@pytest.mark.parametrize(
    ("name", "path", "value", "place"),
    [
        ("order", ("sale.sale", 0, "create_date"), "2026-02-27", "$[0].create_date: not a time"),
        ("order", ("sale.sale", 0, "create_date"), {"year": 2026}, "$[0].create_date: not a time"),
        ("order", ("sale.sale", 0, "state"), None, "$[0].state: not a text"),
        ("order", ("sale.sale", 0, "tax_amount"), 43.08, "$[0].tax_amount: not a decimal"),
        ("order", ("sale.sale", 0, "party"), 17, "$[0].party: not a record"),
        ("order", ("sale.sale", 0, "lines"), None, "$[0].lines: not a list"),
        (
            "order",
            ("sale.sale", 0, "lines", 1, "quantity"),
            1.5,
            "$[0].lines[1].quantity: not a whole number of units",
        ),
        ("order", ("sale.sale", 0, "origin"), "sale.sale", "$[0].origin: not a reference"),
        ("product", ("product.template", 0, "active"), "yes", "$[0].active: not true or false"),
        ("product", ("product.template", 0, "weight"), "2.5", "$[0].weight: not a number"),
        ("level", ("product.product@5", 0, "quantity"), True, "$[0].quantity: not a whole number"),
        ("location", ("stock.location", 0, "storage_location"), None, "without a storage zone"),
    ],
)
def test_a_wrong_shape_is_malformed_and_its_place_is_named(
    name: str, path: tuple[Any, ...], value: object, place: str
) -> None:
    """So that one bad record of a page can be put aside, and found."""
    given = sample(name)
    at: Any = given["given"]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value

    with pytest.raises(Malformed) as caught:
        KIT.read(given)

    assert place in str(caught.value)


def test_a_field_that_was_not_answered_is_malformed() -> None:
    """Null is a value; nothing is none."""
    with pytest.raises(Malformed, match=r"\$\.state: not there"):
        Row({"id": 1}).text("state")


@pytest.mark.parametrize("answer", [None, {}, "x", [1]])
def test_an_answer_that_is_no_list_is_malformed(answer: object) -> None:
    """Whatever a proxy may say."""
    with pytest.raises(Malformed, match="not a list of records"):
        wire.rows(answer)


def test_whole_numbers_come_with_and_without_a_point() -> None:
    """Quantities are floats in Tryton's JSON."""
    row = Row({"a": 3, "b": Decimal("3.0"), "c": Decimal(-2)})

    assert [row.units(name) for name in "abc"] == [3, 3, -2]


def test_moves_inside_a_warehouse_promise_nothing() -> None:
    """Picking brings goods to another zone of the same warehouse."""
    places = stock.Places({}, {3: 5, 2: 5}, frozenset())
    move = {"product": 1, "internal_quantity": Decimal("4.0")}

    found = stock.planned([Row({**move, "from_location": 3, "to_location": 2})], places)

    assert found == {}


def test_more_sent_than_ordered_is_all_of_the_order() -> None:
    """The picker was generous: the counters still add up."""
    given = sample("order")
    rugs = given["given"]["sale.sale"][0]["lines"][1]
    rugs["moves"][0]["quantity"] = 3.0

    [order] = KIT.read(given)

    assert isinstance(order, OrderRecord)
    assert order.lines[1].counters == LineCounters(ordered=2, fulfilled=2)


@pytest.mark.parametrize("external_id", ["7", "7@", "@5", "a@5", "7@5@9"])
def test_what_is_no_id_of_a_level(external_id: str) -> None:
    """It names nothing."""
    assert stock.parse_level_id(external_id) is None


def test_our_references_are_told_from_others() -> None:
    """By how they begin."""
    assert [sales.is_ours(one) for one in ("fo_1", "PO-1", "", None)] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"url": ""}, "url"),
        ({"rest_key": ""}, "rest_key"),
        ({"company": "Northwind"}, "company"),
        ({"carrier": "UPS"}, "carrier"),
        ({"package_type": "box"}, "package_type"),
        ({"user": "gateway"}, "user, password"),
        ({"password": "secret"}, "user, password"),
    ],
)
async def test_a_wrong_setting_is_named(changed: dict[str, str], named: str) -> None:
    """When the connection is opened, before anything is sent."""
    settings = {"url": "https://erp.example.com", "rest_key": "key", **changed}

    async with aiohttp.ClientSession() as session:
        with pytest.raises(Misconfigured, match=named):
            CONNECTOR.open(settings, Http(session, "https://erp.example.com"))
