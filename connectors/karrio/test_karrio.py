"""How karrio's answers become records: every sample, every status, every wrong shape."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.karrio import mapping, requests
from connectors.karrio.document import Document
from connectors.karrio.kit import KIT
from connectors.sdk.conformance.checks.samples import stated
from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import Money

HERE = Path(__file__).parent
AT = datetime(2026, 10, 22, 12, tzinfo=UTC)
URL = "https://karrio.example"


def sample(name: str) -> dict[str, Any]:
    return dict(json.loads((HERE / "samples" / f"{name}.json").read_text()))


def given(name: str) -> Document:
    """A sample as it comes off the wire: numbers with a point as Decimal."""
    return Document.of(parse_json(json.dumps(sample(name)["given"])))


def rate(charge: float | str | None, **changed: Any) -> Document:
    usual = {"service": "s", "carrier_id": "c", "currency": "USD", "transit_days": 3}
    return Document.of(parse_json(json.dumps({**usual, "total_charge": charge, **changed})))


@pytest.mark.parametrize("path", sorted((HERE / "samples").glob("*.json")), ids=lambda p: p.stem)
def test_samples_become_what_they_expect(path: Path) -> None:
    """Every sample's payload maps to exactly the changes it states."""
    wanted = sample(path.stem)
    assert [stated(change) for change in KIT.read(wanted)] == wanted["expect"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", TrackingStatus.LABEL_CREATED),
        ("picked_up", TrackingStatus.CARRIER_PICKED_UP),
        ("in_transit", TrackingStatus.IN_TRANSIT),
        ("out_for_delivery", TrackingStatus.OUT_FOR_DELIVERY),
        ("ready_for_pickup", TrackingStatus.READY_FOR_PICKUP),
        ("delivered", TrackingStatus.DELIVERED),
        ("on_hold", TrackingStatus.ON_HOLD),
        ("delivery_delayed", TrackingStatus.DELAYED),
        ("delivery_failed", TrackingStatus.ATTEMPTED),
        ("return_to_sender", TrackingStatus.RETURNING),
        ("cancelled", TrackingStatus.CANCELED),
        ("unknown", TrackingStatus.UNKNOWN),
        ("beamed_up", TrackingStatus.UNKNOWN),
    ],
)
def test_every_tracker_status_has_its_word(word: str, status: TrackingStatus) -> None:
    """The twelve words of karrio map as documented, an unheard-of one to UNKNOWN with the word."""
    fields = {**given("tracker_under_way").fields, "status": word}
    record = mapping.tracker(Document.of(fields), AT)
    assert (record.status, record.raw_status) == (status, word)


def test_a_return_that_arrived_is_returned() -> None:
    """return_to_sender with the delivered flag means that the sender has it again."""
    fields = {**given("tracker_under_way").fields, "status": "return_to_sender", "delivered": True}
    assert mapping.tracker(Document.of(fields), AT).status is TrackingStatus.RETURNED


def test_the_latest_failed_attempt_gives_the_reason_not_the_first_listed() -> None:
    """Events are in no order: a loss that was found again is an attempt, if that came later."""
    fields = dict(given("tracker_lost").fields)
    lost, not_home = sample("tracker_lost")["given"]["events"]
    fields["events"] = [lost, {**not_home, "date": "2026-10-25"}]
    assert mapping.tracker(Document.of(fields), AT).status is TrackingStatus.ATTEMPTED


def test_the_latest_scan_without_a_status_has_the_trackers() -> None:
    """Some carriers say of a scan only what happened; older ones stay unsaid."""
    events = [
        {"date": "2026-10-23", "time": "09:00", "code": "B"},
        {"date": "2026-10-24", "time": "09:00", "code": "C"},
        {"date": "2026-10-22", "time": "09:00", "code": "A", "status": "picked_up"},
    ]
    fields = {**given("tracker_under_way").fields, "status": "on_hold", "events": events}
    found = mapping.tracker(Document.of(fields), AT).events
    assert [(event.raw_status, event.status) for event in found] == [
        ("B", TrackingStatus.UNKNOWN),
        ("C", TrackingStatus.ON_HOLD),
        ("A", TrackingStatus.CARRIER_PICKED_UP),
    ]


def test_a_note_after_a_loss_does_not_take_it_back() -> None:
    """Only failed scans tell how a delivery failed."""
    fields = dict(given("tracker_lost").fields)
    note = {"date": "2026-10-26", "status": "in_transit", "code": "NOTE"}
    fields["events"] = [note, *sample("tracker_lost")["given"]["events"]]
    assert mapping.tracker(Document.of(fields), AT).status is TrackingStatus.LOST


def test_an_events_unknown_word_is_kept_before_the_carriers_code() -> None:
    """raw_status names what could not be mapped."""
    event = {"date": "2026-10-22", "status": "teleported", "code": "TP"}
    fields = {**given("tracker_under_way").fields, "events": [event]}
    (found,) = mapping.tracker(Document.of(fields), AT).events
    assert (found.status, found.raw_status) == (TrackingStatus.UNKNOWN, "teleported")
    assert found.occurred_at == datetime(2026, 10, 22, tzinfo=UTC)


@pytest.mark.parametrize("word", sorted(mapping.SHIPMENT_STATUS))
def test_every_listed_shipment_status_is_known(word: str) -> None:
    """No word that karrio documents maps to UNKNOWN."""
    fields = {**given("shipment_of_two_parcels").fields, "status": word}
    assert mapping.shipment(Document.of(fields), URL, AT).status is not ShipmentStatus.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "known"),
    [(Kind.SHIPMENT, set(mapping.SHIPMENT_STATUS)), (Kind.TRACKER, set(mapping.TRACKING_STATUS))],
)
def test_a_poll_asks_for_every_status_once(kind: Kind, known: set[str]) -> None:
    """Open and final words together are all there are: nothing falls between two polls."""
    listing = requests.LISTINGS[kind]
    asked = [*listing.open_words, *listing.final_words]
    assert len(asked) == len(set(asked))
    assert set(asked) == known - {"created"} | ({"created"} if kind is Kind.SHIPMENT else set())


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"id": None}, "$.id: missing"),
        ({"id": 7}, "$.id: not a text"),
        ({"status": None}, "$.status: missing"),
        ({"events": {}}, "$.events: not a list"),
        ({"events": ["x"]}, "$.events[0]: not an object"),
        ({"events": [{"date": "soon"}]}, "$.events[0]: not a date and time"),
        ({"events": [{"date": "2026-10-22", "time": "25:61"}]}, "$.events[0]: not a date and"),
        ({"events": [{"timestamp": "0001-01-01T00:00:00+05:00"}]}, "$.events[0].timestamp: not a"),
        ({"estimated_delivery": "by evening"}, "$.estimated_delivery: not a time"),
    ],
)
def test_a_tracker_of_the_wrong_shape_is_malformed_and_says_where(
    changed: dict[str, Any], where: str
) -> None:
    """The JSON path names the fault."""
    fields = {**given("tracker_under_way").fields, **changed}
    with pytest.raises(Malformed) as raised:
        mapping.tracker(Document.of(fields), AT)
    assert str(raised.value).startswith(where)


@pytest.mark.parametrize("charge", ["twelve", True, "NaN", "1e999999", [1]])
def test_a_charge_that_is_no_amount_is_malformed(charge: Any) -> None:
    """Also 1e999999, which is a number, and as an integer a megabyte."""
    fields = dict(given("shipment_of_two_parcels").fields)
    fields["selected_rate"] = {"total_charge": charge, "currency": "USD"}
    with pytest.raises(Malformed):
        mapping.shipment(Document.of(fields), URL, AT)


def test_a_charge_in_no_currency_is_malformed() -> None:
    """A currency that is no code is not guessed at."""
    with pytest.raises(Malformed, match="not an ISO 4217 code"):
        mapping.cheapest([rate(1, currency="dollars")])


def test_money_never_passes_a_float() -> None:
    """A charge with a point is exact."""
    fields = dict(given("shipment_of_two_parcels").fields)
    fields["selected_rate"] = parse_json('{"total_charge": 1.005, "currency": "USD"}')
    assert mapping.shipment(Document.of(fields), URL, AT).cost == Money(minor=101, currency="USD")


def test_the_cheapest_rate_wins_and_the_faster_of_two() -> None:
    """By price; then by days; one without a price is no offer."""
    rates = [
        rate(8.99, service="slow", transit_days=4),
        rate(None, service="unpriced"),
        rate(8.99, service="unsaid", transit_days=None),
        rate("8.99", service="fast", transit_days=2),
        rate(44, service="overnight", transit_days=1),
    ]
    chosen = mapping.cheapest(rates)
    assert chosen is not None
    assert chosen.text("service") == "fast"


def test_rates_in_several_currencies_are_compared_within_the_most_used() -> None:
    """500 yen is not more than 9 dollars, and not less either."""
    rates = [rate(9, service="a"), rate(8, service="b"), rate(5, service="c", currency="EUR")]
    chosen = mapping.cheapest(rates)
    assert chosen is not None
    assert chosen.text("service") == "b"


def test_no_rate_is_cheapest_when_none_has_a_price() -> None:
    """Nothing to choose from is None."""
    assert mapping.cheapest([rate(None)]) is None
