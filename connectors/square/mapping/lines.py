"""Order lines, and the rule for goods sold by measure.

Records count units; Square states decimal quantities. A whole quantity ("3", "2.000") is that many
units. A fraction ("1.500" pounds) is one piece, whose title says how much it holds and whose unit
price is the price of the piece, so that units x unit price still is what Square charges. Nothing
is rounded: a fraction *of* such a piece cannot be said in units and is Malformed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.sdk.errors import Malformed
from connectors.sdk.records import LineCounters, OrderLineRecord
from connectors.sdk.records.states import Method
from connectors.sdk.values import Money
from connectors.square.reading import Node, is_whole

PLAIN_VARIATION = "Regular"
"""What Square's products call the only variation of an item; it says nothing to a customer."""
_UNIT_KEYS = (
    "weight_unit",
    "volume_unit",
    "length_unit",
    "area_unit",
    "time_unit",
    "generic_unit",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line item. *quantity* is Square's own number."""

    uid: str
    quantity: Decimal
    node: Node

    @property
    def units(self) -> int:
        return int(self.quantity) if is_whole(self.quantity) else 1

    def units_of(self, part: Decimal, at: str) -> int:
        """Return how many units *part* of this line is. Raises: Malformed, naming *at*."""
        if part == self.quantity:
            return self.units
        if is_whole(part) and (part == 0 or is_whole(self.quantity)):
            return int(part)
        raise Malformed(f"{at}: {part} of {self.quantity} is a fraction of a unit")


Lines = Mapping[str, Line]


def read(order: Node) -> dict[str, Line]:
    """Return an order's lines by uid. Raises: Malformed."""
    lines = [
        Line(uid=node.text("uid"), quantity=_positive(node), node=node)
        for node in order.nodes("line_items")
    ]
    return {line.uid: line for line in lines}


def record(line: Line, counters: LineCounters, method: Method) -> OrderLineRecord:
    """Return *line* as a record. Raises: Malformed."""
    return OrderLineRecord(
        external_id=line.uid,
        variant_id=line.node.optional_text("catalog_object_id"),
        title=_title(line),
        counters=counters,
        unit_price=_unit_price(line),
        total=line.node.money("total_money"),
        method=method,
    )


def _positive(node: Node) -> Decimal:
    quantity = node.quantity("quantity")
    if quantity < 0:
        raise Malformed(f"{node.at}.quantity: negative: {quantity}")
    return quantity


def _title(line: Line) -> str:
    """Return what a receipt would show. A custom amount has neither a name nor a catalog id."""
    node = line.node
    name = node.optional_text("name") or node.optional_text("note") or "Custom amount"
    variation = node.optional_text("variation_name")
    title = name if variation in (None, PLAIN_VARIATION) else f"{name} ({variation})"
    if is_whole(line.quantity):
        return title
    return f"{title}, {node.text('quantity')} {_unit(node)}".rstrip()


def _unit(node: Node) -> str:
    """``"pound"`` for IMPERIAL_POUND, the seller's own abbreviation for a unit of their own."""
    unit = node.optional_node("quantity_unit")
    measure = unit and unit.optional_node("measurement_unit")
    if measure is None:
        return ""
    custom = measure.optional_node("custom_unit")
    if custom is not None:
        return custom.text("abbreviation")
    words = [measure.optional_text(key) for key in _UNIT_KEYS]
    word = next((word for word in words if word), "")
    return word.removeprefix("IMPERIAL_").removeprefix("METRIC_").replace("_", " ").lower()


def _unit_price(line: Line) -> Money:
    """Return the price of one unit with its modifiers, before discounts and added taxes.

    Not gross_sales_money / quantity: in the US, Canada and Japan that leaves included tax out.
    Source: openapi.json OrderLineItem.gross_sales_money, Square-Version 2025-08-20.
    """
    node = line.node
    if not is_whole(line.quantity):
        return _piece_price(node)
    base = node.optional_money("base_price_money")
    if base is None:
        return _only_price(line)
    extra = sum(_modifier_minor(modifier) for modifier in node.nodes("modifiers"))
    return Money(minor=base.minor + extra, currency=base.currency)


def _modifier_minor(modifier: Node) -> int:
    """Minor units that one modifier adds to one unit: its price times how often it was chosen."""
    price = modifier.optional_money("base_price_money")
    if price is None:
        return 0
    stated = modifier.optional_text("quantity")
    times = modifier.quantity("quantity") if stated else Decimal(1)
    if not is_whole(times):
        raise Malformed(f"{modifier.at}.quantity: not whole: {times}")
    return price.minor * int(times)


def _piece_price(node: Node) -> Money:
    """Return what a measured piece costs as Square worked it out: it rounds, we do not."""
    base = node.optional_money("variation_total_price_money")
    if base is None:
        return node.money("total_money")
    prices = [one.optional_money("total_price_money") for one in node.nodes("modifiers")]
    extra = sum(price.minor for price in prices if price is not None)
    return Money(minor=base.minor + extra, currency=base.currency)


def _only_price(line: Line) -> Money:
    """Return the line's total where no price was stated and there is but one unit."""
    if line.units > 1:
        raise Malformed(f"{line.node.at}.base_price_money: absent")
    return line.node.money("total_money")
