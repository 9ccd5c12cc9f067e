"""The pure parts besides mapping: requests, refusals, and how far a reading has come."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.sdk import errors
from connectors.sdk.commands import BuyLabel
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.values import Address, Parcel
from connectors.shippo import errors as refusals
from connectors.shippo import requests
from connectors.shippo.ledger import KEPT, Ledger
from connectors.shippo.mapping.reading import Node
from connectors.shippo.walk import FIRST_EVER, LONGEST_OPEN, OVERLAP, Listing, Walk

NOW = datetime(2026, 3, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def node(value: Any) -> Node:
    """A value as it comes over the wire."""
    return Node.of(parse_json(json.dumps(value)))


# Requests

COMMAND = BuyLabel(
    key="k",
    reference="r",
    ship_from=Address(line1="1 Depot Rd"),
    ship_to=Address(),
    parcels=(Parcel(weight_g=436, length_mm=254),),
)


def test_what_is_not_known_is_not_written() -> None:
    """Neither parts of addresses nor sizes: Shippo says itself what it lacks."""
    body = requests.create(COMMAND).json
    assert ({"street1": "1 Depot Rd"}, {}) == (body["address_from"], body["address_to"])
    assert [{"weight": "436", "length": "254", "mass_unit": "g", "distance_unit": "mm"}] == body[
        "parcels"
    ]


def test_nothing_that_changes_something_is_said_to_be_safe() -> None:
    """What is safe is repeated by the door: neither a purchase nor a refund may be."""
    writes = [requests.create(COMMAND), requests.buy("r", "ref"), requests.refund("t")]
    reads = [requests.check(), requests.transaction("t"), requests.rate("r")]
    assert ([False] * 3, [True] * 3) == (
        [one.is_safe for one in writes],
        [one.is_safe for one in reads],
    )


RATE = {"provider": "USPS", "amount": "7.42", "currency": "USD"}


def rated(*prices: tuple[str, str, str], messages: Any = ()) -> Node:
    found = [
        {**RATE, "object_id": str(n), "amount": a, "currency": c, "servicelevel": {"token": t}}
        for n, (a, c, t) in enumerate(prices)
    ]
    return node({"rates": found, "messages": list(messages)})


def test_the_cheapest_is_cheapest_by_its_amount() -> None:
    """10.00 is more than 9.50, though its text comes first."""
    shipment = rated(("10.00", "USD", "a"), ("9.50", "USD", "b"), ("11", "USD", "c"))
    assert "1" == requests.choose(shipment, None).text("object_id")


def test_prices_in_several_currencies_are_not_compared() -> None:
    """A service has to be named then."""
    shipment = rated(("10.00", "USD", "a"), ("9.50", "CAD", "b"))
    with pytest.raises(errors.Rejected) as refused:
        requests.choose(shipment, None)
    assert "CURRENCIES" == refused.value.code
    assert "0" == requests.choose(shipment, "a").text("object_id")


@pytest.mark.parametrize(
    ("messages", "error", "reason"),
    [
        ([], errors.Rejected, "no rates: no reason given"),
        (
            [{"source": "USPS", "code": "", "text": "No such zip"}, {"text": "Other"}],
            errors.Rejected,
            "no rates: USPS: No such zip; Shippo: Other",
        ),
        (
            [{"source": "UPS", "code": "carrier_timeout", "text": "Try again"}],
            errors.Unavailable,
            "no rates: UPS: Try again",
        ),
    ],
)
def test_no_rates_are_told_in_the_carriers_words(
    messages: Any, error: type[errors.ConnectorError], reason: str
) -> None:
    """Who says what; one that asks to try again may be asked again, as nothing was bought."""
    with pytest.raises(error) as refused:
        requests.choose(rated(messages=messages), None)
    assert reason == str(refused.value)


# Refusals


@pytest.mark.parametrize(
    ("status", "body", "error", "field"),
    [
        (400, {"rate": ["This field is required."]}, errors.Rejected, "rate"),
        (400, {"parcels": [{"length": ["Wrong."]}]}, errors.Rejected, "parcels.length"),
        (400, {"detail": "Invalid request."}, errors.Rejected, None),
        (400, {"title": "Missing required parameter"}, errors.Rejected, None),
        (400, {"rate": []}, errors.Rejected, "rate"),
        (400, None, errors.Rejected, None),
        (402, {"detail": "No payment method."}, errors.Misconfigured, None),
        (404, {"detail": "Not found."}, errors.Missing, None),
        (404, None, errors.Missing, None),
        (409, {"detail": "In use."}, errors.Conflict, None),
        (418, [1], errors.Rejected, None),
    ],
)
def test_refusals_are_sorted_by_who_must_act(
    status: int, body: Any, error: type[errors.ConnectorError], field: str | None
) -> None:
    """By the status, with the first field at fault where one is named."""
    found = refusals.refusal(status, body)
    assert type(found) is error
    assert field == getattr(found, "field", None)


def test_a_long_refusal_is_cut() -> None:
    """A reason is kept, not a document."""
    assert 200 == len(str(refusals.refusal(400, {"detail": "x" * 1000})))


# How far a reading has come


def listing(*times: datetime | None, more: bool = False, **changed: Any) -> Listing:
    made = [
        {
            "object_id": str(n),
            "metadata": f"ref-{n}",
            "status": "SUCCESS",
            "tracking_status": "TRANSIT",
            "object_created": time and time.isoformat(),
            **changed,
        }
        for n, time in enumerate(times)
    ]
    return Listing.of(node({"results": made, "next": "baseurl?page=2" if more else None}))


def test_a_walk_overlaps_and_begins_at_what_is_open() -> None:
    """Ten minutes for clocks and purchases under way; further back for what may still change."""
    walk = Walk.begin(None, NOW)
    assert (FIRST_EVER, NOW, 1) == (walk.start, walk.until, walk.page)
    done = walk.after(Kind.SHIPMENT, listing(NOW - DAY, tracking_status="DELIVERED"), NOW)
    assert Walk(start=NOW - OVERLAP) == done
    still = walk.after(Kind.SHIPMENT, listing(NOW, NOW - 3 * DAY, NOW - DAY), NOW)
    assert Walk(start=NOW - 3 * DAY) == still


def test_what_is_open_for_too_long_is_not_waited_for() -> None:
    """Sixty days for a label, thirty for its parcel, of which each reading is a request."""
    old = NOW - timedelta(days=45)
    for kind, start in ((Kind.SHIPMENT, old), (Kind.TRACKER, NOW - OVERLAP)):
        after = Walk.begin(None, NOW).after(kind, listing(old), NOW)
        assert (kind, start) == (kind, after.start)
    assert timedelta(days=60) == LONGEST_OPEN[Kind.SHIPMENT]


@pytest.mark.parametrize(
    ("status", "word", "is_open"),
    [
        ("SUCCESS", "DELIVERED", False),
        ("REFUNDREJECTED", "DELIVERED", False),
        ("REFUNDPENDING", "DELIVERED", True),
        ("REFUNDED", None, False),
        ("ERROR", None, False),
        ("QUEUED", None, True),
        ("SUCCESS", "RETURNED", True),
        ("SUCCESS", "FAILURE", True),
        ("A_NEW_WORD", "DELIVERED", False),
        (None, None, True),
    ],
)
def test_what_may_still_change_is_open(status: Any, word: Any, is_open: bool) -> None:
    """A refund under way, a parcel that goes back: their last word is still to come."""
    page = listing(NOW - DAY, status=status, tracking_status=word)
    after = Walk.begin(None, NOW).after(Kind.SHIPMENT, page, NOW)
    assert (NOW - DAY if is_open else NOW - OVERLAP) == after.start


def test_a_walk_ends_at_the_page_that_ends_below_its_start() -> None:
    """Also where more follow; what lies above the start on it is read, and the rest is not."""
    since = Walk(start=NOW - DAY).text()
    walk = Walk.begin(since, NOW)
    page = listing(NOW, NOW - DAY, NOW - 2 * DAY, None, more=True)
    assert ["0", "1", "3"] == [one.text("object_id") for one in walk.within(page)]
    assert walk.after(Kind.SHIPMENT, page, NOW).is_over
    above = listing(NOW, NOW - DAY, None, more=True)
    further = walk.after(Kind.SHIPMENT, above, NOW)
    assert (2, False, NOW) == (further.page, further.is_over, further.until)


def test_a_walk_that_was_cut_off_goes_on_as_it_was() -> None:
    """Its text says all: the next page, when it began, what was open."""
    walk = Walk.begin(None, NOW).after(Kind.SHIPMENT, listing(NOW - DAY, more=True), NOW)
    assert walk == Walk.begin(walk.text(), NOW + DAY)


def test_a_ledger_forgets_what_is_too_old() -> None:
    """It holds a week of references, however long it runs; the newest of one comes first."""
    ledger = Ledger()
    assert NOW - KEPT == ledger.floor(NOW)
    ledger.note(listing(NOW, NOW - 2 * DAY, None, metadata="twice"))
    ledger.close(NOW, NOW)
    assert (["0", "1"], NOW - timedelta(hours=1)) == (ledger.of("twice"), ledger.floor(NOW))
    ledger.close(NOW + 6 * DAY, NOW + 6 * DAY)
    assert ["0"] == ledger.of("twice")
    ledger.close(NOW + 9 * DAY, NOW + 9 * DAY)
    assert [] == ledger.of("twice")
