"""What is written into Odoo: sales, recipients, counts, returns."""

from typing import Any

import pytest

from connectors.odoo import documents
from connectors.odoo.documents import Back, Parts, Place
from connectors.odoo.mapping.wire import Row
from connectors.sdk.commands import RequestedLine, RequestFulfillment, RequestReturn
from connectors.sdk.records.states import ReturnReason
from connectors.sdk.values import Address, Money

HOME = Address(
    name="Mia Berg",
    company="Berg Ltd",
    line1="4 Pier Road",
    line2="Floor 2",
    city="Portland",
    province="ME",
    postal_code="04101",
    country_code="US",
    phone="+12075550133",
    email="mia.berg@example.com",
)
PLACE = Place(country=233, state=24)


def request(**changed: Any) -> RequestFulfillment:
    line = RequestedLine(
        item_id="41",
        sku="LAMP-BR",
        quantity=2,
        title="Desk Lamp",
        unit_price=Money(minor=8950, currency="USD"),
    )
    given: dict[str, Any] = {"key": "k", "reference": "fo_1", "order_number": "#1001"}
    given |= {"location_id": "1", "lines": (line,), "ship_to": HOME}
    return RequestFulfillment(**(given | changed))


def parts(carrier: int | None = None) -> Parts:
    return Parts(
        customer=17, recipient=18, warehouse=1, pricelist=1, carrier=carrier, products=[(41, 1)]
    )


def test_a_sale_carries_our_reference_and_neither_tax_nor_postage() -> None:
    """The shop has been paid; a later version's defaults must not add to it."""
    sale = documents.sale(request(), parts())

    assert sale["client_order_ref"] == "fo_1"
    assert (sale["partner_id"], sale["partner_shipping_id"]) == (17, 18)
    assert (sale["note"], sale["carrier_id"]) == ("Order #1001", False)
    assert sale["order_line"] == [
        [
            0,
            0,
            {
                "product_id": 41,
                "product_uom": 1,
                "product_uom_qty": 2,
                "price_unit": 89.5,
                "name": "Desk Lamp",
                "tax_id": [[6, 0, []]],
            },
        ]
    ]


def test_a_sale_goes_the_way_that_is_asked_for() -> None:
    """By the carrier of the settings; what the shop calls the way is written down."""
    sale = documents.sale(request(shipping_method="Express"), parts(carrier=2))

    assert (sale["note"], sale["carrier_id"]) == ("Order #1001 (Express)", 2)


def test_a_partner_has_all_of_the_address() -> None:
    """The company of somebody with a name stands in the second line."""
    partner = documents.partner(HOME, PLACE)

    assert (partner["name"], partner["customer"]) == ("Mia Berg", True)
    assert (partner["street"], partner["street2"]) == ("4 Pier Road", "Berg Ltd, Floor 2")
    assert (partner["country_id"], partner["state_id"]) == (233, 24)
    assert (partner["phone"], partner["email"]) == ("+12075550133", "mia.berg@example.com")


def test_what_an_address_does_not_state_is_false() -> None:
    """Odoo's null; and it wants a name of everybody."""
    partner = documents.partner(Address(), Place(country=None, state=None))

    assert partner["name"] == "?"
    assert {partner[name] for name in ("street", "street2", "city", "state_id", "email")} == {False}


def test_another_address_belongs_to_its_owner_and_is_no_customer() -> None:
    """Odoo would list it as one."""
    address = documents.delivery_address(HOME, PLACE, 17)

    assert (address["parent_id"], address["type"], address["customer"]) == (17, "delivery", False)


def test_an_address_that_was_written_is_found_again() -> None:
    """As Odoo reads it back, the company being part of the second line there."""
    read = Address(
        name="mia berg ",
        line1="4 Pier Road",
        line2="Berg Ltd, Floor 2",
        city="PORTLAND",
        province="ME",
        postal_code="04101",
        country_code="US",
    )

    assert documents.is_same(read, HOME)


@pytest.mark.parametrize("name", ["line1", "line2", "city", "postal_code", "country_code", "name"])
def test_another_door_is_another_address(name: str) -> None:
    """Each part of it matters."""
    changed = {one: getattr(HOME, one) for one in Address.__dataclass_fields__} | {name: "x"}

    assert not documents.is_same(Address(**changed), HOME)


def test_a_return_says_why_and_of_which_request() -> None:
    """The key in brackets: k-1 is not found in k-12."""
    command = RequestReturn(
        key="k-1", order_id="sale:7", lines=(), reason=ReturnReason.DEFECTIVE, note="flickers"
    )
    silent = RequestReturn(key="k-12", order_id="sale:7", lines=(), reason=ReturnReason.OTHER)

    assert documents.return_note(command) == "Defective: flickers\n[k-1]"
    assert documents.return_note(silent) == "Other\n[k-12]"
    assert documents.tag("k-1") not in documents.return_note(silent)


def test_a_return_takes_back_what_the_move_sent() -> None:
    """From where it was sent to, and so that the sale's delivered quantity goes down."""
    row = {"id": 71, "name": "EAST/OUT/00071", "location_dest_id": [9, "Customers"]}
    sent = Row({**row, "partner_id": [17, "Mia Berg"]})
    back = Back(sent=sent, type=1, shelf=12, warehouse=1)
    move = Row(
        {
            "id": 3,
            "name": "Desk Lamp",
            "product_id": [41, "x"],
            "product_uom": [1, "x"],
            "location_dest_id": [9, "Customers"],
            "group_id": [6, "SO007"],
            "sale_line_id": [71, "x"],
        }
    )
    command = RequestReturn(key="k", order_id="sale:7", lines=(), reason=ReturnReason.OTHER)

    made: Any = documents.return_move(move, 2, back)
    transfer = documents.return_transfer(command, back, [made])

    assert made[2]["product_uom_qty"] == 2
    assert (made[2]["location_id"], made[2]["location_dest_id"]) == (9, 12)
    assert (made[2]["origin_returned_move_id"], made[2]["to_refund"]) == (3, True)
    assert (made[2]["sale_line_id"], made[2]["group_id"]) == (71, 6)
    assert (transfer["location_id"], transfer["location_dest_id"]) == (9, 12)
    assert (transfer["picking_type_id"], transfer["partner_id"]) == (1, 17)
    assert transfer["move_lines"] == [made]


def test_a_count_goes_by_its_key() -> None:
    """Of one product, whatever else lies there."""
    count: Any = documents.inventory("k", 12, 41, 7)

    assert (count["name"], count["filter"], count["location_id"]) == ("k", "partial", 12)
    assert count["line_ids"] == [[0, 0, {"product_id": 41, "location_id": 12, "product_qty": 7}]]
