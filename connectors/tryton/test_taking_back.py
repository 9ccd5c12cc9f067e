"""What is written into Tryton when goods come back, and what of a return is still to come."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.sdk.commands import RequestReturn
from connectors.sdk.errors import Conflict
from connectors.sdk.records.states import ReturnReason
from connectors.tryton import documents
from connectors.tryton.mapping import arrivals
from connectors.tryton.mapping.wire import Row

COMMAND = RequestReturn(
    key="k", order_id="sale.sale,7", lines=(), reason=ReturnReason.DEFECTIVE, note="Hums"
)


def decimal(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}


def terms(**changed: Any) -> Row:
    """A sale of five lamps and a rug."""
    line = {"product": 31, "unit": 1, "unit_price": decimal("89.90"), "taxes": [1]}
    names = ("party", "invoice_address", "shipment_address", "warehouse", "currency")
    sale: dict[str, Any] = dict(zip(names, (17, 40, 41, 5, 1), strict=True))
    sale |= {"id": 7, "invoice_party": None, "shipment_party": 18, "payment_term": None}
    sale |= {"invoice_method": "shipment", "lines": [{"id": 71, **line}, {"id": 72, **line}]}
    return Row(sale | changed)


def taken(warehouse: int | None = None) -> Any:
    takes = documents.Takes(terms=terms(), lines={71: 2}, warehouse=warehouse, reference="ret_k")
    return documents.return_sale(COMMAND, 1, takes)


def test_a_return_repeats_the_terms_of_its_order() -> None:
    """Only the lines that come back, as many units less; nobody pays for the way."""
    assert taken() == {
        "party": 17,
        "invoice_party": None,
        "invoice_address": 40,
        "shipment_party": 18,
        "shipment_address": 41,
        "currency": 1,
        "payment_term": None,
        "company": 1,
        "warehouse": 5,
        "origin": "sale.sale,7",
        "reference": "ret_k",
        "description": "Return: DEFECTIVE",
        "comment": "Hums",
        "invoice_method": "shipment",
        "shipment_method": "order",
        "shipment_cost_method": None,
        "lines": [
            [
                "create",
                [
                    {
                        "type": "line",
                        "product": 31,
                        "unit": 1,
                        "quantity": -2,
                        "unit_price": decimal("89.90"),
                        "taxes": [["add", [1]]],
                    }
                ],
            ]
        ],
    }


def test_a_return_comes_to_where_it_is_to_come() -> None:
    """Unless nobody says: then to where it came from."""
    assert taken(warehouse=13)["warehouse"] == 13


def parcel(id: int, state: str, reference: str | None, **units: int) -> dict[str, Any]:
    """Moves of LAMP and RUG, which are the products 1 and 2."""
    products = {"LAMP": {"id": 1, "code": "LAMP"}, "RUG": {"id": 2, "code": "RUG"}}
    moves = [
        {"id": 10 * id + place, "quantity": Decimal(quantity), "product": products[sku]}
        for place, (sku, quantity) in enumerate(units.items())
    ]
    return {"id": id, "state": state, "reference": reference, "incoming_moves": moves}


def back(*parcels: dict[str, Any]) -> Row:
    return Row({"id": 9, "shipment_returns": list(parcels)})


def test_a_mark_is_found_at_the_end_of_what_people_wrote() -> None:
    """And no other key's, though one may end as another does."""
    row = back(
        parcel(1, "done", "1Z9 rcv_a/RESTOCKED"),
        parcel(2, "draft", "rcv_ba/RESTOCKED"),
        parcel(3, "draft", None),
    )
    assert [one.id for one in arrivals.marked(row, "rcv_a/RESTOCKED")] == [1]
    assert [one.id for one in arrivals.awaited(row)] == [3]


def test_units_are_shared_out_among_the_moves_of_a_parcel() -> None:
    """What is not here is written as none of it."""
    row = Row(parcel(1, "draft", None, LAMP=3, RUG=1))
    assert arrivals.shares(row, {1: 2}) == {10: 2, 11: 0}


@pytest.mark.parametrize("units", [{1: 4}, {1: 3, 2: 1}, {3: 1}])
def test_more_than_is_to_come_is_a_conflict(units: dict[int, int]) -> None:
    """Of one product, of several, of one that is in no parcel; what was received does not count."""
    row = back(parcel(1, "draft", None, LAMP=3), parcel(2, "done", None, LAMP=9, RUG=9))
    with pytest.raises(Conflict):
        arrivals.require(row, units)
    with pytest.raises(Conflict):
        arrivals.shares(Row(parcel(1, "draft", None, LAMP=3)), units)
    arrivals.require(row, {1: 3})
