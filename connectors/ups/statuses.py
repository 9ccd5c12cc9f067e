"""UPS's words for where a parcel is -> ours: tables. Pure.

UPS says it three times over: *type* (``"I"``), which is broad; *code* (``"OT"``), one of hundreds;
*statusCode* (``"021"``), the detail in between. What says nothing of where the parcel is, or what
nobody documents, is UNKNOWN, which hides nothing that was known before.
"""

from connectors.sdk.records.states import TrackingStatus as T

DELIVERY = "D"

# Source: UPSTrackAlert.json (2026-07) activityStatus.type and its FAQ: D, I, M, MV, U, X. The
# others: SOURCE.md beside it and UPS's Tracking appendix, which the contract names and has not.
OF_TYPE = {
    "M": T.LABEL_CREATED,
    "MV": T.CANCELED,
    "P": T.CARRIER_PICKED_UP,
    "I": T.IN_TRANSIT,
    "O": T.OUT_FOR_DELIVERY,
    "RS": T.RETURNING,
    "DO": T.IN_TRANSIT,  # freight, at the station where it begins
    "DD": T.IN_TRANSIT,  # freight, at the station where it ends, not at the door
    "U": T.UNKNOWN,  # a new delivery date, "it may still be delivered on time"
    "X": T.UNKNOWN,  # "something out of the normal happened": only its detail tells what
}

# Source: UPS's list of package detail status codes (Tracking appendix; the contract names it and
# has not), as public copies and UPS-API/api-documentation issue 7 agree on it. Those on which they
# differ, and those that say nothing of where the parcel is ("Service Upgraded"), are not here.
OF_DETAIL = {
    **dict.fromkeys(("038", "160"), T.CARRIER_PICKED_UP),
    **dict.fromkeys(
        ("005", "010", "012", "014", "025", "039", "057", "071", "092", "158", "159"), T.IN_TRANSIT
    ),
    **dict.fromkeys(("006", "021", "072", "089", "091", "146", "162"), T.OUT_FOR_DELIVERY),
    **dict.fromkeys(("022", "023", "024", "060", "061", "062", "066", "145"), T.ATTEMPTED),
    **dict.fromkeys(("017", "040", "144", "161"), T.READY_FOR_PICKUP),
    **dict.fromkeys(("011", "026"), T.DELIVERED),
    **dict.fromkeys(("046", "048", "051", "052", "053", "086", "090", "132"), T.DELAYED),
    **dict.fromkeys(("016", "019", "049", "050", "058", "083", "085", "124", "125"), T.ON_HOLD),
    **dict.fromkeys(("035", "036", "037"), T.RETURNING),
    **dict.fromkeys(("034", "067"), T.RETURNED),
    "068": T.LOST,
    **dict.fromkeys(("064", "069", "147", "149"), T.FAILED),
}

# These are only taken from a status that has no type: beside another type than M they contradict
# it, and UPS's own example does just that (X, "released by the customs agency", 003).
OF_DETAIL_ALONE = {
    **OF_DETAIL,
    **dict.fromkeys(("003", "157"), T.LABEL_CREATED),
    "007": T.CANCELED,
}

# Source: UPSTrackAlert.json (2026-07), both examples of a TrackingEvent.
OF_CODE = {
    ("I", "OT"): T.OUT_FOR_DELIVERY,
    (DELIVERY, "OT"): T.OUT_FOR_DELIVERY,
    (DELIVERY, "FS"): T.DELIVERED,
}

# Detail -> why. Source: as OF_DETAIL; karrio's names for incident reasons, as TrackingEventRecord.
REASONS = {
    **dict.fromkeys(("032", "051", "052", "053"), "weather_delay"),
    **dict.fromkeys(("058", "124", "125"), "customs_documentation"),
    **dict.fromkeys(("059", "081"), "carrier_damaged_parcel"),
    "050": "consignee_incorrect_address",
    "064": "consignee_refused",
    "068": "carrier_parcel_lost",
}


def read(kind: str | None, code: str | None, detail: str | None, *, is_delivered: bool) -> T:
    """Say where the parcel is. *is_delivered*: the package states the date of its delivery.

    Type D alone is no delivery: it is also stated when a van is loaded or leaves. So without a
    detail or a code that says more, it counts where the delivery has a date.
    """
    if kind is None:
        return OF_DETAIL_ALONE.get(detail or "", T.UNKNOWN)
    if kind in (DELIVERY, "I", "X") and detail in OF_DETAIL:
        return OF_DETAIL[detail]
    if (kind, code) in OF_CODE:
        return OF_CODE[kind, code or ""]
    if kind == DELIVERY:
        return T.DELIVERED if is_delivered else T.UNKNOWN
    return OF_TYPE.get(kind, T.UNKNOWN)
