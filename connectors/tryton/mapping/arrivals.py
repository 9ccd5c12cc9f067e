"""Parcels that come back (`stock.shipment.out.return`): what is still to come of a return, and what
has been received of it. Pure.

Goods come in two moves each: an *incoming move* from the customer to the input zone, done when the
parcel is *received*, and an *inventory move* from there to the shelf, done when the parcel is
*done*. On hand they are from the first on. To receive less than planned, less is written into the
incoming moves; Tryton then plans a parcel for the rest.
"""

from collections.abc import Mapping

from connectors.sdk.errors import Conflict
from connectors.tryton.mapping.wire import Row

MODEL = "stock.shipment.out.return"

_PARCEL = (
    "state",
    "reference",
    "incoming_moves.quantity",
    "incoming_moves.product.code",
    "inventory_moves.state",
)
FIELDS = ("state", "origin", "warehouse", *(f"shipment_returns.{name}" for name in _PARCEL))
"""Of the return, which is a `sale.sale`."""


PREFIX = "rcv_"
"""How our marks begin. A reference may hold what people wrote as well: a mark stands at its end."""


def marked(back: Row, mark: str) -> list[Row]:
    """Return the parcels that carry our *mark*."""
    parcels = back.rows("shipment_returns")
    return [one for one in parcels if (one.find_text("reference") or "").endswith(mark)]


def awaited(back: Row) -> list[Row]:
    """Return the parcels that are still to come, and that no command of ours has begun with."""
    drafts = [one for one in back.rows("shipment_returns") if one.text("state") == "draft"]
    return [one for one in drafts if PREFIX not in (one.find_text("reference") or "")]


def products(back: Row) -> dict[int, str | None]:
    """Return the SKU of each product that comes back, or came."""
    moves = [move for one in back.rows("shipment_returns") for move in one.rows("incoming_moves")]
    goods = [move.row("product") for move in moves]
    return {one.id: one.find_text("code") for one in goods}


def require(back: Row, units: Mapping[int, int]) -> None:
    """Raises: Conflict when fewer *units* of a product are to come."""
    left = dict(units)
    for parcel in awaited(back):
        for move in parcel.rows("incoming_moves"):
            product = move.row("product").id
            left[product] = left.get(product, 0) - move.units("quantity")
    if max(left.values(), default=0) > 0:
        raise Conflict("fewer are to come", code="not_awaited", field="lines")


def shares(parcel: Row, units: Mapping[int, int]) -> dict[int, int]:
    """Share *units* of each product out among the parcel's moves, by their ids.

    Raises: Conflict when fewer are to come.
    """
    left, found = dict(units), {}
    for move in parcel.rows("incoming_moves"):
        product = move.row("product").id
        found[move.id] = min(left.get(product, 0), move.units("quantity"))
        left[product] = left.get(product, 0) - found[move.id]
    if any(left.values()):
        raise Conflict("fewer are to come", code="not_awaited", field="lines")
    return found
