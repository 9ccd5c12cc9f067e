"""ShipBob's JSON as records. Pure: a parsed answer and the time it was asked for go in."""

from connectors.shipbob.mapping.orders import (
    fulfillment_order,
    has_tracking,
    is_canceled,
    order,
    past_recall,
    shipment,
)
from connectors.shipbob.mapping.reading import Node
from connectors.shipbob.mapping.returns import SentBack, goods_back, sent_back
from connectors.shipbob.mapping.stock import levels, location, product
from connectors.shipbob.mapping.tracking import tracker

__all__ = [
    "Node",
    "SentBack",
    "fulfillment_order",
    "goods_back",
    "has_tracking",
    "is_canceled",
    "levels",
    "location",
    "order",
    "past_recall",
    "product",
    "sent_back",
    "shipment",
    "tracker",
]
