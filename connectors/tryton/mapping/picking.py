"""How much of a shipment is to be sent, move by move. Pure.

Goods leave in two moves each: an *inventory move* from the shelf to the output zone, its `origin`
being the *outgoing move* from there to the customer, whose own is the sale line. To pick less than
planned, less is written into the first; Tryton then plans a new shipment for the rest.
A warehouse without an output zone of its own has no inventory moves.
"""

from collections.abc import Sequence

from connectors.sdk.errors import Conflict
from connectors.sdk.values import LineQuantity
from connectors.tryton.mapping import shipments
from connectors.tryton.mapping.wire import Row

FIELDS = (
    *shipments.FIELDS,
    "warehouse_storage",
    "warehouse_output",
    "packages.moves",
    "inventory_moves.quantity",
    "inventory_moves.state",
    "inventory_moves.origin",
    "inventory_moves.product.code",
)


def moves(row: Row) -> list[Row]:
    """Return the moves that take goods from the shelf."""
    field = "inventory_moves" if has_output_zone(row) else "outgoing_moves"
    return [move for move in row.rows(field) if move.text("state") != "cancelled"]


def outgoing(row: Row) -> list[Row]:
    return [move for move in row.rows("outgoing_moves") if move.text("state") != "cancelled"]


def has_output_zone(row: Row) -> bool:
    return row.link("warehouse_storage") != row.link("warehouse_output")


def is_begun(row: Row) -> bool:
    """Tell whether some of the goods, and not all, have been set aside already."""
    return any(move.text("state") == "assigned" for move in moves(row))


def wanted(row: Row, lines: Sequence[LineQuantity]) -> list[tuple[Row, int]]:
    """Return each move from the shelf with the units it is to take: all when *lines* is empty.

    Raises: Conflict when the shipment does not hold what *lines* ask for.
    """
    if not lines:
        return [(move, move.units("quantity")) for move in moves(row)]
    shared = shares(row, lines)
    return [(move, shared.get(_outgoing_id(row, move), 0)) for move in moves(row)]


def is_as_wanted(row: Row, lines: Sequence[LineQuantity]) -> bool:
    """Tell whether the moves from the shelf take just what *lines* ask for.

    Raises: Conflict when the shipment does not hold that.
    """
    if not lines:
        return True
    taken: dict[int, int] = {}
    for move in moves(row):
        id = _outgoing_id(row, move)
        taken[id] = taken.get(id, 0) + move.units("quantity")
    shared = {id: share for id, share in shares(row, lines).items() if share}
    return {id: units for id, units in taken.items() if units} == shared


def shares(row: Row, lines: Sequence[LineQuantity]) -> dict[int, int]:
    """Share what *lines* ask for out among the outgoing moves, by their ids."""
    left = [line.quantity for line in lines]
    found: dict[int, int] = {}
    for move in outgoing(row):
        share = 0
        for place, line in enumerate(lines):
            if _is_of(move, line):
                taken = min(left[place], move.units("quantity") - share)
                left[place] -= taken
                share += taken
        found[move.id] = share
    if any(left):
        raise Conflict("the shipment does not hold these lines", code="lines")
    return found


def _is_of(move: Row, line: LineQuantity) -> bool:
    if line.line_id is None:
        return move.row("product").find_text("code") == line.sku
    return move.find_text("origin") == f"{shipments.LINE},{line.line_id}"


def _outgoing_id(row: Row, move: Row) -> int:
    if not has_output_zone(row):
        return move.id
    match move.reference("origin"):
        case ("stock.move", int() as id):
            return id
        case _:
            return 0
