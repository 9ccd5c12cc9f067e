"""What Odoo states: samples, wrong shapes, counting; and the settings of a connection."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.odoo import CONNECTOR
from connectors.odoo.kit import KIT
from connectors.odoo.mapping import pickings, sales, stock, tills, wire
from connectors.odoo.mapping.stock import Places
from connectors.odoo.mapping.wire import Row, Tables
from connectors.sdk.changes import Change
from connectors.sdk.conformance.checks.samples import stated
from connectors.sdk.errors import Malformed, Misconfigured
from connectors.sdk.http import Http
from connectors.sdk.records import OrderRecord, RefundRecord
from connectors.sdk.records.states import OrderStatus

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_samples_become_what_they_expect(path: Path) -> None:
    """Every sample's rows map to exactly the records it states."""
    sample = json.loads(path.read_text())

    assert [stated(change) for change in KIT.read(sample)] == sample["expect"]


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def order_of(changes: list[Change]) -> OrderRecord:
    (found,) = [one for one in changes if isinstance(one, OrderRecord)]
    return found


@pytest.mark.parametrize(
    ("name", "model", "field", "value", "place"),
    [
        ("order", "sale.order", "date_order", "2026-02-27", "$[0].date_order: not a time"),
        ("order", "sale.order", "date_order", False, "$[0].date_order: not a time"),
        ("order", "sale.order", "state", False, "$[0].state: not a text"),
        ("order", "sale.order", "state", None, "$[0].state: not a text"),
        ("order", "sale.order", "amount_tax", False, "$[0].amount_tax: not a number"),
        ("order", "sale.order", "amount_tax", "43.44", "$[0].amount_tax: not a number"),
        ("order", "sale.order", "partner_id", 17, "$[0].partner_id: not a link"),
        ("order", "sale.order", "currency_id", False, "$: not an ISO 4217 code"),
        ("order", "sale.order.line", "product_uom_qty", 1.5, "not a whole number of units"),
        (
            "order",
            "sale.order.line",
            "product_uom",
            [2, "Dozen(s)"],
            "$[0].product_uom: not the unit that the product is counted in",
        ),
        ("order", "sale.order.line", "tax_id", [[3]], "$[0].tax_id: not a list of ids"),
        ("order", "sale.order.line", "is_delivery", None, "not true or false"),
        ("product", "product.template", "active", 1, "$[0].active: not true or false"),
        ("product", "product.product", "weight", "2.5", "$[0].weight: not a number"),
        ("level", "product.product@1", "qty_available", True, "$[0].qty_available: not a number"),
        ("level", "product.product@1", "id", True, "$[0].id: not a whole number"),
        ("till", "pos.order", "pricelist_id", [9, "Gone"], "$: there is no product.pricelist 9"),
    ],
)
def test_a_wrong_shape_is_malformed_and_its_place_is_named(
    name: str, model: str, field: str, value: object, place: str
) -> None:
    """So that one bad record of a page can be put aside, and found."""
    given = sample(name)
    given["given"][model][0][field] = value

    with pytest.raises(Malformed) as caught:
        KIT.read(given)

    assert place in str(caught.value)


def test_a_field_that_was_not_answered_is_malformed() -> None:
    """Odoo leaves out a field that it does not have, without a word; false would be a value."""
    with pytest.raises(Malformed, match=r"\$\.state: not there"):
        Row({"id": 1}).text("state")


@pytest.mark.parametrize("answer", [None, {}, "x", [1], False])
def test_an_answer_that_is_no_list_is_malformed(answer: object) -> None:
    """Of a search, that is."""
    with pytest.raises(Malformed):
        wire.rows(answer)


@pytest.mark.parametrize(
    ("external_id", "parsed"),
    [
        ("sale:7", ("sale", 7)),
        ("pos:9007199254740993", ("pos", 9007199254740993)),
        ("7", None),
        ("sale:", None),
        ("sale:x", None),
        ("sale:²", None),
    ],
)
def test_external_ids_name_their_model(external_id: str, parsed: tuple[str, int] | None) -> None:
    """And are read back exactly."""
    assert wire.parse_name(external_id) == parsed
    if parsed:
        assert wire.name(*parsed) == external_id


def test_a_level_is_named_by_product_and_warehouse() -> None:
    """Odoo has no id for it."""
    assert stock.parse_level_id(stock.level_id(4, 1)) == (4, 1)
    assert [stock.parse_level_id(one) for one in ("4", "4@", "@1", "a@b")] == [None] * 4


def test_locations_that_go_round_in_a_circle_are_of_no_warehouse() -> None:
    """Odoo does not let them; a reader must not hang on them."""
    rows = [Row({"id": 1, "location_id": [2, "b"], "usage": "internal"})]
    rows += [Row({"id": 2, "location_id": [1, "a"], "usage": "internal"})]

    assert Places(Tables({stock.LOCATION: rows})).home == {1: None, 2: None}


MOVES = {
    "planned": ("outgoing", "assigned"),
    "sent": ("outgoing", "done"),
    "given_up": ("outgoing", "cancel"),
    "coming_back": ("incoming", "waiting"),
    "came_back": ("incoming", "done"),
}


def counted(ordered: int, state: str = "sale", /, **units: int) -> tuple[int, ...]:
    """(canceled, fulfilled, return_requested, returned) of a line whose moves are these."""
    given = sample("order")
    [line, *_] = given["given"]["sale.order.line"]
    line["product_uom_qty"] = float(ordered)
    given["given"]["sale.order"][0]["state"] = state
    moves = given["given"]["stock.move"]
    template = moves[0]
    moves.clear()
    for id, (name, quantity) in enumerate(units.items(), 1):
        direction, move_state = MOVES[name]
        ends = ([15, "a"], [9, "b"]) if direction == "outgoing" else ([9, "b"], [12, "c"])
        source, target = ends
        moves.append(
            template
            | {"id": id, "product_qty": float(quantity), "state": move_state}
            | {"location_id": source, "location_dest_id": target}
        )
    one = order_of(KIT.read(given)).lines[0].counters
    return one.canceled, one.fulfilled, one.return_requested, one.returned


@pytest.mark.parametrize(
    ("ordered", "units", "expected"),
    [
        (5, {}, (0, 0, 0, 0)),
        (5, {"sent": 3, "planned": 2}, (0, 3, 0, 0)),
        (5, {"sent": 7}, (0, 5, 0, 0)),
        (5, {"given_up": 5}, (5, 0, 0, 0)),
        (5, {"sent": 3, "given_up": 2}, (2, 3, 0, 0)),
        (5, {"given_up": 5, "planned": 5}, (0, 0, 0, 0)),
        (5, {"given_up": 5, "planned": 3}, (2, 0, 0, 0)),
        (5, {"sent": 5, "came_back": 2, "coming_back": 1}, (0, 5, 1, 2)),
        (5, {"sent": 5, "came_back": 4, "coming_back": 3}, (0, 5, 1, 4)),
        (5, {"sent": 2, "came_back": 3}, (0, 2, 0, 2)),
    ],
)
def test_units_are_counted_from_moves(
    ordered: int, units: dict[str, int], expected: tuple[int, ...]
) -> None:
    """And add up, whatever staff did."""
    assert counted(ordered, **units) == expected


def test_a_canceled_sale_keeps_what_left() -> None:
    """Its rest is canceled."""
    assert counted(5, "cancel", sent=2, given_up=3) == (3, 2, 0, 0)
    assert counted(5, "draft") == (0, 0, 0, 0)


@pytest.mark.parametrize("state", sorted({*sales.STATUS}))
def test_each_state_of_a_sale_is_known(state: str) -> None:
    """Locked is not completed while something is still to be sent."""
    given = sample("order_unknown_state")
    given["given"]["sale.order"][0]["state"] = state
    order = order_of(KIT.read(given))

    assert (order.status, order.raw_status) == (sales.STATUS[state], state)


@pytest.mark.parametrize("state", sorted({*tills.STATUS}))
def test_each_state_of_a_tills_sale_is_known(state: str) -> None:
    """Paid, in the books and invoiced are all over for the shopper."""
    given = sample("till")
    given["given"]["pos.order"][0]["state"] = state

    assert order_of(KIT.read(given)).status is tills.STATUS[state]
    assert OrderStatus.UNKNOWN not in tills.STATUS.values()


@pytest.mark.parametrize("state", sorted({*pickings.STATES}))
def test_each_state_of_a_delivery_is_known(state: str) -> None:
    """A shipment comes of those that are done, and of no other."""
    given = sample("fulfillment_order_left")
    given["given"]["stock.picking"] = given["given"]["stock.picking"][:1]
    given["given"]["stock.picking"][0]["state"] = state
    changes = KIT.read(given)

    assert len(changes) == (2 if state == "done" else 1)
    assert stated(changes[0])["status"] == pickings.STATES[state][0]


def paid(*payments: tuple[int, str]) -> list[tuple[str, Decimal]]:
    """What is stated of a till's sale with these payments, by journal: + paid, - refunded."""
    given = sample("till")
    line = given["given"]["account.bank.statement.line"][0]
    given["given"]["account.bank.statement.line"] = [
        line | {"id": id, "journal_id": [journal, str(journal)], "amount": float(amount)}
        for id, (journal, amount) in enumerate(payments, 1)
    ]
    changes = KIT.read(given)
    found = [(one.external_id, one.amount.amount) for one in order_of(changes).transactions]
    refunds = [one for one in changes if isinstance(one, RefundRecord)]
    return found + [(one.external_id, -one.amount.amount) for one in refunds]


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        ([(1, "50"), (1, "-29.48")], [("payment:1", "20.52")]),
        ([(1, "-29.48"), (1, "50")], [("payment:1", "20.52")]),
        ([(2, "50"), (1, "-29.48")], [("payment:1", "20.52")]),
        ([(1, "10"), (2, "20"), (1, "-15")], [("payment:2", "15")]),
        ([(1, "10"), (1, "-10")], []),
        ([(1, "-20.52")], [("payment:1", "-20.52")]),
        ([(1, "-20.52"), (2, "0.52")], [("payment:1", "-20")]),
        ([], []),
    ],
)
def test_change_is_taken_out_of_what_was_paid(
    payments: list[tuple[int, str]], expected: list[tuple[str, str]]
) -> None:
    """It is no refund; the sum is what the till took, or gave."""
    assert paid(*payments) == [(id, Decimal(amount)) for id, amount in expected]


@pytest.mark.parametrize("name", ["url", "database", "user", "password"])
async def test_a_setting_that_is_missing_is_named(name: str) -> None:
    """Before anything is sent."""
    given = {"url": "https://erp.example", "database": "odoo", "user": "u", "password": "p"}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Misconfigured, match=name):
            CONNECTOR.open(given | {name: ""}, Http(session, "https://erp.example"))


async def test_a_carrier_that_is_no_id_is_refused() -> None:
    """Odoo would only say that there is no such record, and later."""
    given = {"url": "https://erp.example", "database": "odoo", "user": "u", "password": "p"}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Misconfigured, match="carrier"):
            CONNECTOR.open(given | {"carrier": "UPS"}, Http(session, "https://erp.example"))
