"""The ways that parcels go: scans, with the words UPS has for them.

Source: Tracking.json, UPSTrackAlert.json (2026-07); the words of a recorded journey of 2025.
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
    address=Address(city="Reno", province="NV", postal_code="89506", country_code="US"), offset_h=-8
)
HUB = Place(address=Address(city="Louisville", province="KY", country_code="US"), offset_h=-5)
HOME_OFFSET_H = -7
"""The clocks of every destination: one zone away from both of the above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One step of a parcel's way. *kind*, *code* and *detail* are UPS's words; *at* is origin, hub
    or destination."""

    kind: str
    code: str
    detail: str
    says: str
    at: str


LABEL = Scan(kind="M", code="MP", detail="003", says="Shipper created a label", at="origin")
ACCEPTED = Scan(kind="I", code="OR", detail="160", says="Arrived at Facility", at="origin")
DEPARTED = Scan(kind="I", code="DP", detail="005", says="Departed from Facility", at="origin")
ARRIVED = Scan(kind="I", code="AR", detail="005", says="Arrived at Facility", at="hub")
DELAYED = Scan(kind="X", code="7H", detail="048", says="A late train has caused a delay.", at="hub")
OUT = Scan(kind="I", code="OT", detail="021", says="Out For Delivery Today", at="destination")
MISSED = Scan(kind="X", code="48", detail="022", says="Nobody was there.", at="destination")
DELIVERED = Scan(kind="D", code="FS", detail="011", says="DELIVERED ", at="destination")
RESCHEDULED = Scan(kind="U", code="U1", detail="154", says="Updated Delivery Date", at="hub")


def way(seed: int, number: str) -> list[Scan]:
    """Choose a way by seed and number: one in five is delayed, one in five is tried twice."""
    luck = hashlib.sha256(f"{seed}:{number}".encode()).digest()[0]
    setback = [DELAYED, RESCHEDULED] if luck % 5 == 0 else []
    missed = [MISSED, OUT] if luck % 5 == 1 else []
    between = [ARRIVED] * (1 + luck % 2)
    return [LABEL, ACCEPTED, DEPARTED, *between, *setback, OUT, *missed, DELIVERED]
