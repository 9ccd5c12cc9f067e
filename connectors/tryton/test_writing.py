"""What is written into Tryton: how much is picked, requests, recipients."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.sdk.commands import RequestedLine, RequestFulfillment
from connectors.sdk.errors import Conflict
from connectors.sdk.values import Address, LineQuantity, Money
from connectors.tryton import documents
from connectors.tryton.mapping import picking
from connectors.tryton.mapping.wire import Row


def shipment(*, output: int = 2) -> Row:
    """Five lamps and one rug; the lamps lie on the shelf and in a bin."""

    def move(id: int, quantity: int, origin: str, code: str) -> dict[str, Any]:
        product = {"id": 1, "code": code}
        return {
            "id": id,
            "quantity": Decimal(quantity),
            "state": "draft",
            "origin": origin,
            "product": product,
        }

    return Row(
        {
            "warehouse_storage": 3,
            "warehouse_output": output,
            "outgoing_moves": [
                move(1, 5, "sale.line,71", "LAMP"),
                move(2, 1, "sale.line,72", "RUG"),
            ],
            "inventory_moves": [
                move(11, 5, "stock.move,1", "LAMP"),
                move(12, 1, "stock.move,2", "RUG"),
            ],
        }
    )


def test_everything_is_taken_unless_lines_are_named() -> None:
    """Whatever the staff have planned."""
    assert [(move.id, units) for move, units in picking.wanted(shipment(), ())] == [
        (11, 5),
        (12, 1),
    ]


@pytest.mark.parametrize(
    "line", [LineQuantity(line_id="71", quantity=2), LineQuantity(sku="LAMP", quantity=2)]
)
def test_named_lines_are_taken_and_no_others(line: LineQuantity) -> None:
    """By their ids or SKUs; what is not named takes nothing."""
    assert [(move.id, units) for move, units in picking.wanted(shipment(), [line])] == [
        (11, 2),
        (12, 0),
    ]
    assert not picking.is_as_wanted(shipment(), [line])


def test_a_warehouse_without_an_output_zone_has_no_inventory_moves() -> None:
    """There the outgoing moves themselves are written."""
    found = picking.wanted(shipment(output=3), [LineQuantity(sku="LAMP", quantity=2)])

    assert [(move.id, units) for move, units in found] == [(1, 2), (2, 0)]


def test_all_lines_named_is_everything() -> None:
    """As the gateway names them, when it knows them."""
    lines = [LineQuantity(line_id="71", quantity=5), LineQuantity(line_id="72", quantity=1)]

    assert picking.is_as_wanted(shipment(), lines)


@pytest.mark.parametrize(
    "line",
    [
        LineQuantity(sku="LAMP", quantity=6),
        LineQuantity(sku="OTHER", quantity=1),
        LineQuantity(line_id="99", sku="LAMP", quantity=1),
        LineQuantity(line_id="LAMP", sku="LAMP", quantity=1),
    ],
)
def test_more_than_is_planned_is_a_conflict(line: LineQuantity) -> None:
    """The shipment is not what it was when the command was made."""
    with pytest.raises(Conflict):
        picking.wanted(shipment(), [line])


HOME = Address(
    name="Mia Berg",
    company="Lumen",
    line1="12 Harbor Road",
    line2="Gate 4",
    city="Portland",
    province="OR",
    postal_code="97201",
    country_code="US",
    phone="+15035550133",
    email="mia.berg@example.com",
)


def test_a_request_as_a_sale() -> None:
    """No invoice, no tax, no postage: the shop has been paid already."""
    line = RequestedLine(
        item_id="31",
        sku="LAMP",
        quantity=2,
        title="Lamp",
        unit_price=Money(minor=8990, currency="USD"),
    )
    command = RequestFulfillment(
        key="k",
        reference="fo_1",
        order_number="#1001",
        location_id="5",
        lines=(line,),
        ship_to=HOME,
    )
    parts = documents.Parts(
        party=17, address=40, warehouse=5, currency=1, carrier=None, products=[(31, 1)]
    )

    assert documents.sale(command, 1, parts) == {
        "company": 1,
        "party": 17,
        "invoice_address": 40,
        "shipment_address": 40,
        "warehouse": 5,
        "currency": 1,
        "reference": "fo_1",
        "description": "Order #1001",
        "carrier": None,
        "invoice_method": "manual",
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
                        "quantity": 2,
                        "unit_price": {"__class__": "Decimal", "decimal": "89.90"},
                    }
                ],
            ]
        ],
    }


def test_a_recipient_as_a_party() -> None:
    """With mail, phone and the address of the parcel."""
    place = documents.Place(country=1, subdivision=9)

    assert documents.party(HOME, place) == {
        "name": "Mia Berg",
        "addresses": [
            [
                "create",
                [
                    {
                        "party_name": "Mia Berg",
                        "street_unstructured": "Lumen\n12 Harbor Road\nGate 4",
                        "city": "Portland",
                        "postal_code": "97201",
                        "country": 1,
                        "subdivision": 9,
                    }
                ],
            ]
        ],
        "contact_mechanisms": [
            [
                "create",
                [
                    {"type": "email", "value": "mia.berg@example.com"},
                    {"type": "phone", "value": "+15035550133"},
                ],
            ]
        ],
    }


@pytest.mark.parametrize(
    ("province", "country", "code"),
    [
        ("OR", "US", "US-OR"),
        ("US-OR", "US", "US-OR"),
        (None, "US", None),
        ("OR", None, None),
    ],
)
def test_a_province_as_tryton_has_it(
    province: str | None, country: str | None, code: str | None
) -> None:
    """ISO 3166-2, with its country before it."""
    ship_to = Address(province=province, country_code=country)

    assert documents.subdivision_code(ship_to) == code


def test_an_address_is_the_same_as_it_was_read() -> None:
    """What was written in three lines is read as one and a rest, without company and province."""
    held = Address(
        name="mia berg",
        line1="Lumen",
        line2="12 Harbor Road, Gate 4",
        city="Portland",
        postal_code="97201",
        country_code="US",
    )

    assert documents.is_same(held, HOME)
    assert not documents.is_same(held, Address(name="Mia Berg", line1="13 Harbor Road"))
