"""Orders: searched, read, and told what left.

Source: orders_2026-01-01.json (searchOrders, getOrder); ordersV0.json confirmShipment, which the
newer version has no other for (and which is not deprecated, as the reads of v0 are).
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from connectors.amazon.errors import Operation
from connectors.amazon.requests import MOST_PER_PAGE, Ask, get, part
from connectors.amazon.requests.checkpoint import Mark, stamp
from connectors.sdk.commands import RecordShipment
from connectors.sdk.errors import Rejected
from connectors.sdk.http import Request

PATH = "/orders/2026-01-01/orders"
OVERLAP = timedelta(minutes=5)
"""How far a pull reaches back behind its checkpoint. Amazon shows a change two minutes after it
happened at the earliest (lastUpdatedBefore "at least two minutes before the time of the request"),
and clocks differ."""
THE_BEGINNING = datetime(2016, 1, 1, tzinfo=UTC)
"""What a pull of everything asks for: of older orders Amazon shows none, anywhere."""
PARTS = ("BUYER", "RECIPIENT", "PROCEEDS", "CANCELLATION", "FULFILLMENT", "PACKAGES")
MORE_PARTS = ("FULFILLMENT_ORDERS",)
_INCLUDED = ",".join((*PARTS, *MORE_PARTS))

_ORDER_ID = re.compile(r"[A-Z0-9]{3}-\d{7}-\d{7}")

# How Amazon spells the carriers it knows; of any other it takes the name, as "Other".
# Source: ordersV0.json PackageDetail (carrierCode, carrierName "required when carrierCode is
# Other"); the spellings are those of the order fulfillment feed's schema.
_CARRIERS = (
    *("UPS", "USPS", "FedEx", "DHL", "DPD", "GLS", "TNT", "Royal Mail", "Canada Post", "OnTrac"),
    *("Australia Post", "La Poste", "Deutsche Post", "Poste Italiane", "Correos", "Aramex"),
)
_CODES = {one.lower(): one for one in _CARRIERS}


def is_id(text: str) -> bool:
    """Say whether *text* could be an order: 3-7-7. Amazon refuses anything else as a bad input."""
    return _ORDER_ID.fullmatch(text) is not None


def search(mark: Mark, marketplaces: Sequence[str]) -> Ask:
    """Ask for a page of the orders that changed since *mark*.

    No end is set: Amazon sets it by itself, and says in its answer which it was.
    """
    since = max(THE_BEGINNING, mark.since - OVERLAP) if mark.since else THE_BEGINNING
    query = [
        ("lastUpdatedAfter", stamp(since)),
        ("marketplaceIds", ",".join(marketplaces)),
        ("maxResultsPerPage", str(MOST_PER_PAGE)),
        ("includedData", _INCLUDED),
    ]
    if mark.token:
        query.append(("paginationToken", mark.token))
    return get(Operation.SEARCH_ORDERS, PATH, *query)


def one(order_id: str) -> Ask:
    return get(Operation.GET_ORDER, f"{PATH}/{part(order_id)}", ("includedData", _INCLUDED))


def package_reference(key: str) -> str:
    """Return the package's id of a command: what Amazon keeps unique within the order.

    "Only positive numeric values are supported" (PackageReferenceId), in quotes: nine digits out of
    the key, so that the same command always tells of the same package.
    """
    digest = hashlib.sha256(key.encode()).digest()
    return str(int.from_bytes(digest[:8], "big") % 999_999_999 + 1)


def confirm(command: RecordShipment, marketplace_id: str, at: datetime) -> Ask:
    """Tell that a package left. Raises: Rejected without a carrier, which Amazon requires."""
    if not command.tracking.number or not command.tracking.carrier:
        raise Rejected("Amazon wants a number and a carrier", code="invalid", field="tracking")
    name = command.tracking.carrier
    code = _CODES.get(name.lower())
    carrier = {"carrierCode": code} if code else {"carrierCode": "Other", "carrierName": name}
    package = {
        "packageReferenceId": package_reference(command.key),
        **carrier,
        "trackingNumber": command.tracking.number,
        "shipDate": stamp(at),
        "orderItems": [
            {"orderItemId": line.line_id, "quantity": line.quantity} for line in command.lines
        ],
    }
    request = Request(
        method="POST",
        path=f"/orders/v0/orders/{part(command.order_id)}/shipmentConfirmation",
        is_safe=False,
        json={"marketplaceId": marketplace_id, "packageDetail": package},
    )
    return Ask(operation=Operation.CONFIRM_SHIPMENT, request=request)
