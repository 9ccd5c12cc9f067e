"""Records: facts as systems state them. A fact is declared here, once.

Ids are the system's own, as strings (some exceed 2^53). Times are aware and UTC. Money is never a
float. What the system does not state is None or empty.
"""

from enum import StrEnum

from connectors.sdk.records.catalog import ProductRecord, VariantRecord
from connectors.sdk.records.customers import CustomerRecord
from connectors.sdk.records.fulfillment import (
    FulfillmentOrderRecord,
    ShipmentRecord,
    TrackerRecord,
    Tracking,
    TrackingEventRecord,
)
from connectors.sdk.records.inventory import LevelRecord, LocationRecord, Quantities
from connectors.sdk.records.orders import (
    LineCounters,
    OrderLineRecord,
    OrderRecord,
    RefundRecord,
    ReturnRecord,
    TotalsRecord,
    TransactionRecord,
)

Record = (
    OrderRecord
    | CustomerRecord
    | ProductRecord
    | LocationRecord
    | LevelRecord
    | FulfillmentOrderRecord
    | ShipmentRecord
    | TrackerRecord
    | RefundRecord
    | ReturnRecord
)


class Kind(StrEnum):
    """What a record is about; also how reads are named in a manifest."""

    LOCATION = "location"
    PRODUCT = "product"
    CUSTOMER = "customer"
    LEVEL = "level"
    ORDER = "order"
    FULFILLMENT_ORDER = "fulfillment_order"
    SHIPMENT = "shipment"
    TRACKER = "tracker"
    REFUND = "refund"
    RETURN = "return"


KIND_OF: dict[type, Kind] = {
    LocationRecord: Kind.LOCATION,
    ProductRecord: Kind.PRODUCT,
    CustomerRecord: Kind.CUSTOMER,
    LevelRecord: Kind.LEVEL,
    OrderRecord: Kind.ORDER,
    FulfillmentOrderRecord: Kind.FULFILLMENT_ORDER,
    ShipmentRecord: Kind.SHIPMENT,
    TrackerRecord: Kind.TRACKER,
    RefundRecord: Kind.REFUND,
    ReturnRecord: Kind.RETURN,
}

__all__ = [
    "KIND_OF",
    "CustomerRecord",
    "FulfillmentOrderRecord",
    "Kind",
    "LevelRecord",
    "LineCounters",
    "LocationRecord",
    "OrderLineRecord",
    "OrderRecord",
    "ProductRecord",
    "Quantities",
    "Record",
    "RefundRecord",
    "ReturnRecord",
    "ShipmentRecord",
    "TotalsRecord",
    "TrackerRecord",
    "Tracking",
    "TrackingEventRecord",
    "TransactionRecord",
    "VariantRecord",
]
