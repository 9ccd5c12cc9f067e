"""FedEx's words for where a parcel is -> ours: tables. Pure.

FedEx says it twice: *code* (of a scan its ``eventType``), one of some sixty, and *derived*
(``derivedCode``, ``derivedStatusCode``), which tells a customer. What nobody documents is UNKNOWN,
which hides nothing that was known before.
"""

from connectors.sdk.records.states import TrackingStatus as T

# Source: FedEx's Track Service scan codes, which the contract names ("trackservicescancodes") and
# has not, as public copies agree on it; recorded answers of 2024 for IN, RL and HP. Codes that say
# nothing of where the parcel is ("Delivery option requested") are not here.
OF_CODE = {
    **dict.fromkeys(("OC", "IN", "OX"), T.LABEL_CREATED),
    **dict.fromkeys(("PU", "PX"), T.CARRIER_PICKED_UP),
    **dict.fromkeys(
        "AA AC AE AF AO AR AX CC DP EA EO FD IP IT IX LO OF PF PL PM SF TR".split(), T.IN_TRANSIT
    ),
    **dict.fromkeys(("OD", "ED", "AD"), T.OUT_FOR_DELIVERY),
    **dict.fromkeys(("HL", "HP"), T.READY_FOR_PICKUP),
    "DL": T.DELIVERED,
    # "Running late", "Delay", "Delivery delay", "Clearance delay"; and the two sorts of exception,
    # by which FedEx means that something unexpected holds the parcel up for a time.
    **dict.fromkeys(("RL", "DY", "DD", "CD", "DE", "SE"), T.DELAYED),
    "RS": T.RETURNING,
    "CA": T.CANCELED,
}

# What a delivery exception (DE) is about, where that is more than a delay.
# Source: TrackingNumbers.json (2025-10) StatusAncillaryDetail.reason, 15; a recorded answer, 08.
OF_EXCEPTION = {
    "08": T.ATTEMPTED,
    "15": T.ATTEMPTED,
}

# Source: as OF_EXCEPTION; karrio's names for incident reasons, as TrackingEventRecord.
REASONS = {
    "08": "consignee_not_available",
    "15": "consignee_not_available",
}

# Source: TrackingNumbers.json (2025-10) DelayDetail.type; those that say no more than "late" are
# not here.
REASONS_OF_DELAY = {
    "WEATHER": "weather_delay",
    "CLEARANCE": "customs_delay",
}

EXCEPTION = "DE"


def read(code: str | None, derived: str | None, exception: str | None) -> T:
    """Say where the parcel is: by the derived word, unless that one is unknown, or as broad as "in
    transit" is: FedEx says it of a van on its delivery round, too."""
    found = OF_CODE.get(derived or "", T.UNKNOWN)
    if found in (T.UNKNOWN, T.IN_TRANSIT):
        found = OF_CODE.get(code or "", found)
    if EXCEPTION in (code, derived) and found is T.DELAYED:
        return OF_EXCEPTION.get(exception or "", found)
    return found
