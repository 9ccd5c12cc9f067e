"""Locations. All of Square's sell over a counter or from a van: they are stores."""

from datetime import datetime

from connectors.sdk.records import LocationRecord
from connectors.sdk.records.states import LocationType
from connectors.square.mapping import customers
from connectors.square.reading import Node


def record(node: Node, as_of: datetime) -> LocationRecord:
    """Return a location. Its code is the seller's nickname for it, unique within the account.

    Source: openapi.json Location.name, Square-Version 2025-08-20.

    Raises: Malformed.
    """
    address = node.optional_node("address")
    name = node.optional_text("name") or node.text("id")
    return LocationRecord(
        external_id=node.text("id"),
        revised_at=as_of,
        code=name,
        name=name,
        type=LocationType.STORE,
        address=customers.address(address) if address else None,
        is_active=node.optional_text("status") != "INACTIVE",
    )
