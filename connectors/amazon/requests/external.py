"""External Fulfillment: the shipments that Amazon planned for the seller (Easy Ship and the like).

Source: externalFulfillmentShipments_2024-09-11.json getShipment, generateShipLabels,
updatePackageStatus.
"""

from connectors.amazon.errors import Operation
from connectors.amazon.requests import Ask, get, part
from connectors.sdk.errors import Rejected
from connectors.sdk.http import Request
from connectors.sdk.records import Tracking

_SHIPMENTS = "/externalFulfillment/2024-09-11/shipments"


def shipment(shipment_id: str) -> Ask:
    return get(Operation.GET_SHIPMENT, f"{_SHIPMENTS}/{part(shipment_id)}")


def label(shipment_id: str, package_id: str, tracking: Tracking) -> Ask:
    """Tell which parcel a package is: its carrier's name and number ("if it is shipped by a third
    party courier", CourierSupportedAttributes). Raises: Rejected without a carrier."""
    if not tracking.number or not tracking.carrier:
        raise Rejected("Amazon wants a number and a carrier", code="invalid", field="tracking")
    body = {
        "packageIds": [package_id],
        "courierSupportedAttributes": {
            "carrierName": tracking.carrier,
            "trackingId": tracking.number,
        },
    }
    request = Request(
        method="PUT",
        path=f"{_SHIPMENTS}/{part(shipment_id)}/shipLabels",
        query=(("operation", "GENERATE"),),
        is_safe=False,
        json=body,
    )
    return Ask(operation=Operation.SHIP_LABELS, request=request)


def shipped(shipment_id: str, package_id: str) -> Ask:
    """Tell that a package left. The status stands in the body: as a parameter it is deprecated."""
    request = Request(
        method="PATCH",
        path=f"{_SHIPMENTS}/{part(shipment_id)}/packages/{part(package_id)}",
        is_safe=False,
        json={"status": "SHIPPED"},
    )
    return Ask(operation=Operation.PACKAGE_STATUS, request=request)
