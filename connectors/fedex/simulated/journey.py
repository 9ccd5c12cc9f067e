"""The ways that parcels go: scans, with the words FedEx has for them.

Source: TrackingNumbers.json (2025-10); the words of recorded journeys of 2024.
"""

import hashlib
from dataclasses import dataclass

from connectors.sdk.values import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a scan is made. *offset_h*: hours that its clocks are ahead of GMT, all year round."""

    address: Address
    offset_h: int


ORIGIN = Place(
    address=Address(city="RENO", province="NV", postal_code="89506", country_code="US"), offset_h=-8
)
HUB = Place(
    address=Address(city="MEMPHIS", province="TN", postal_code="38118", country_code="US"),
    offset_h=-6,
)
HOME_OFFSET_H = -7
"""The clocks of every destination: an hour away from both of the above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One step of a parcel's way. *code* and *derived* are FedEx's words; *at* is origin, hub or
    destination."""

    code: str
    derived: str
    says: str
    at: str
    exception: str = ""
    exception_says: str = ""


LABEL = Scan(code="OC", derived="IN", says="Shipment information sent to FedEx", at="origin")
PICKED_UP = Scan(code="PU", derived="PU", says="Picked up", at="origin")
DEPARTED = Scan(code="DP", derived="IT", says="Left FedEx origin facility", at="origin")
ARRIVED = Scan(code="AR", derived="IT", says="Arrived at FedEx hub", at="hub")
DELAYED = Scan(
    code="DY",
    derived="DY",
    says="Delay",
    at="hub",
    exception="A52",
    exception_says="Package delayed",
)
OUT = Scan(code="OD", derived="IT", says="On FedEx vehicle for delivery", at="destination")
MISSED = Scan(
    code="DE",
    derived="DE",
    says="Delivery exception",
    at="destination",
    exception="08",
    exception_says="Customer not available or business closed",
)
DELIVERED = Scan(code="DL", derived="DL", says="Delivered", at="destination")


def way(seed: int, number: str) -> list[Scan]:
    """Choose a way by seed and number: one in five is delayed, one in five is tried twice."""
    luck = hashlib.sha256(f"{seed}:{number}".encode()).digest()[0]
    setback = [DELAYED] if luck % 5 == 0 else []
    missed = [MISSED, OUT] if luck % 5 == 1 else []
    between = [ARRIVED] * (1 + luck % 2)
    return [LABEL, PICKED_UP, DEPARTED, *between, *setback, OUT, *missed, DELIVERED]
