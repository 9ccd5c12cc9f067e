"""A connection's map of SKUs: what comes in is ours, what goes out is the system's."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args, get_type_hints

import pytest

from connectors.sdk.commands import (
    CancelFulfillment,
    CancelOrder,
    Command,
    ReceivedLine,
    ReceiveReturn,
    RequestedLine,
    RequestFulfillment,
    SetInventory,
)
from connectors.sdk.errors import Rejected
from connectors.sdk.records import Record
from connectors.sdk.values import LineQuantity
from gateway.domain.identity.skus import SAME, SkuMap
from tests import records

SKUS = SkuMap.of({"TEE-M": ("B00X", "TEE-M-FBA"), "TEE-L": ("TEE-S",)})
"""Their TEE-S is our TEE-L: our TEE-S has no name there."""


def units(sku: str | None, line_id: str | None = "l1") -> LineQuantity:
    return LineQuantity(line_id=line_id, sku=sku, quantity=2)


def asked(sku: str) -> RequestFulfillment:
    line = RequestedLine(
        item_id="v-1", sku=sku, quantity=1, title="Tee", unit_price=records.usd(1000)
    )
    return RequestFulfillment(
        key="k",
        reference="r",
        order_number="#1",
        location_id="at-DC-RENO",
        lines=(line,),
        ship_to=records.ADDRESS,
    )


def counted(sku: str | None) -> SetInventory:
    return SetInventory(key="k", item_id="v-1", sku=sku, location_id="at-DC-RENO", quantity=3)


def canceled(*lines: LineQuantity) -> CancelOrder:
    return CancelOrder(key="k", order_id="1", lines=lines, reason="r")


@pytest.mark.parametrize("theirs", ["B00X", " b00x ", "tee-m-fba"])
def test_what_comes_in_is_ours_and_keeps_the_systems_word(theirs: str) -> None:
    """Whatever its case and blanks, as SKUs are compared everywhere."""
    product = records.product(theirs)
    order = records.order("1", lines=(records.line(sku=theirs), records.line("l2")))
    shown = replace(product.variants[0], sku="TEE-M", external_sku=theirs)
    first, second = order.lines
    assert replace(product, variants=(shown,)) == SKUS.inward(product)
    assert (replace(first, sku="TEE-M", external_sku=theirs), second) == SKUS.inward(order).lines


def test_stock_and_lines_of_all_that_happens_come_in_as_ours() -> None:
    """They have no place for the system's word: the item's and the line's id tell."""
    level = records.level(4, sku="B00X")
    shipment = records.shipment("s", "1", "1Z", lines=(units("B00X"), units("SOCK"), units(None)))
    assert replace(level, sku="TEE-M") == SKUS.inward(level)
    assert (units("TEE-M"), units("SOCK"), units(None)) == SKUS.inward(shipment).lines


def test_what_has_no_sku_comes_in_as_it_is() -> None:
    """A customer, a place, a parcel."""
    for record in (records.customer(), records.location(), records.tracker("1Z")):
        assert record == SKUS.inward(record)


@pytest.mark.parametrize(("ours", "theirs"), [("TEE-M", "B00X"), ("tee-m ", "B00X")])
def test_of_several_the_first_goes_out(ours: str, theirs: str) -> None:
    """In every command that names a SKU."""
    assert asked(theirs) == SKUS.outward(asked(ours))
    assert counted(theirs) == SKUS.outward(counted(ours))
    assert canceled(units(theirs)) == SKUS.outward(canceled(units(ours)))


def test_what_the_map_does_not_name_goes_out_as_it_is() -> None:
    """So does what names no SKU."""
    plain: list[Command] = [asked("SOCK"), counted(None), canceled(units(None)), canceled()]
    plain.append(CancelFulfillment(key="k", fulfillment_order_id="w", reason="r"))
    assert plain == [SKUS.outward(one) for one in plain]


def test_without_a_map_all_is_called_the_same() -> None:
    """Which is what most connections have."""
    record = records.order("1")
    assert (record, asked("TEE-M")) == (SAME.inward(record), SAME.outward(asked("TEE-M")))


def test_ours_that_is_another_thing_there_is_left_out_where_an_id_tells() -> None:
    """Sent, it would name their TEE-S, which is our TEE-L."""
    received = ReceivedLine(line_id="l1", sku="TEE-S", quantity=1)
    command = ReceiveReturn(key="k", return_id="b", lines=(received,))
    assert counted(None) == SKUS.outward(counted("TEE-S"))
    assert canceled(units(None)) == SKUS.outward(canceled(units("TEE-S")))
    assert replace(command, lines=(replace(received, sku=None),)) == SKUS.outward(command)


@pytest.mark.parametrize("command", [asked("TEE-S"), canceled(units("tee-s", line_id=None))])
def test_ours_that_is_another_thing_there_is_refused_where_nothing_else_tells(
    command: Command,
) -> None:
    """Rather than that the wrong goods are sent."""
    with pytest.raises(Rejected) as caught:
        SKUS.outward(command)
    assert ("UNMAPPED_SKU", "sku") == (caught.value.code, caught.value.field)


def test_words_of_a_map_are_compared_as_skus_are() -> None:
    """And go out as they are spelled there."""
    careless = SkuMap.of({"tee-m ": ("b00x",)})
    assert "tee-m " == careless.inward(records.level(4, sku="B00X")).sku
    assert counted("b00x") == careless.outward(counted("TEE-M"))


def test_two_that_are_each_others_are_swapped() -> None:
    """Each word is looked up once."""
    swap = SkuMap.of({"A": ("B",), "B": ("A",)})
    shipment = records.shipment("s", "1", "1Z", lines=(units("A"), units("B")))
    assert (units("B"), units("A")) == swap.inward(shipment).lines
    assert canceled(units("B"), units("A")) == swap.outward(canceled(units("A"), units("B")))


def test_there_is_no_sku_that_a_map_does_not_reach() -> None:
    """Of all that records and commands hold."""
    whole = [*get_args(Record), *get_args(Command)]
    assert {"sku", "lines.sku", "variants.sku"} == {path for one in whole for path in _paths(one)}


def _paths(type_: Any, before: str = "") -> Iterator[str]:
    hints = get_type_hints(type_)
    for one in fields(type_):
        if one.name == "sku":
            yield before + one.name
        for inside in _inside(hints[one.name]):
            yield from _paths(inside, f"{before}{one.name}.")


def _inside(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    for part in get_args(hint):
        yield from _inside(part)
