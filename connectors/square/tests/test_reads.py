"""Fetches, faults while reading, and webhooks that lead to reading."""

from dataclasses import dataclass

import pytest

from connectors.sdk.changes import Removed, Touched, Unreadable
from connectors.sdk.errors import Malformed, Misconfigured, Throttled, Unavailable, Unsupported
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Bounds
from connectors.sdk.records import (
    CustomerRecord,
    Kind,
    OrderRecord,
)
from connectors.square.tests.conftest import Rig
from connectors.square.tests.looking import READ, TEE, buy_some, ids, only


async def test_what_is_not_there_is_removed(rig: Rig) -> None:
    """For every kind, and each once, though asked for twice."""
    for kind in READ:
        found = await rig.client.fetch(kind, ["NOPE@NOWHERE", "NOPE@NOWHERE"])
        assert [Removed(kind=kind, external_id="NOPE@NOWHERE")] == found
    no_place = await rig.client.fetch(Kind.LEVEL, ["NOPE"])
    assert [Removed(kind=Kind.LEVEL, external_id="NOPE")] == no_place


async def test_many_are_fetched_in_few_requests(rig: Rig) -> None:
    """150 orders, 100 a request."""
    wanted = [rig.simulator.buy(TEE) for _ in range(150)]
    found = await rig.client.fetch(Kind.ORDER, wanted)
    assert 150 == len(found)
    assert set(wanted) == set(ids(found))
    assert 2 == rig.sent("/v2/orders/batch-retrieve")


async def test_each_kind_is_fetched_by_its_id(rig: Rig) -> None:
    """What a pull gives, a fetch of its id gives again."""
    rig.simulator.refund(rig.simulator.buy(TEE), 100)
    for kind in READ:
        for pulled in await rig.all(kind):
            assert pulled.external_id is not None
            again = await rig.one(kind, pulled.external_id)
            assert type(pulled) is type(again)
            assert pulled.external_id == again.external_id


async def test_kinds_that_come_with_orders_are_not_read_alone(rig: Rig) -> None:
    """Fulfillment orders, shipments and returns are parts of orders."""
    for kind in (Kind.SHIPMENT, Kind.RETURN, Kind.FULFILLMENT_ORDER, Kind.TRACKER):
        with pytest.raises(Unsupported):
            await rig.pull(kind)
        with pytest.raises(Unsupported):
            await rig.client.fetch(kind, ["1"])
    assert [] == rig.recorder.exchanges


async def test_one_bad_order_is_unreadable_and_its_page_goes_on(rig: Rig) -> None:
    """The payload is kept, the reason says where."""
    good, bad = rig.simulator.buy(TEE), rig.simulator.buy(TEE)
    rig.simulator.books.orders[bad]["line_items"][0]["quantity"] = "a few"
    found = await rig.all(Kind.ORDER)
    assert [good] == ids([*only(OrderRecord, found)])
    [unreadable] = only(Unreadable, found)
    assert bad == unreadable.external_id
    assert "line_items[0].quantity: not a number: 'a few'" in unreadable.reason
    assert '"a few"' in unreadable.payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A fault that meets every try of a read, and what the caller sees in the end."""

    fault: Fault
    error: type[Exception]
    tries: int


TROUBLES = [
    Trouble(fault=Fault.THROTTLED_BARE, error=Throttled, tries=3),
    Trouble(fault=Fault.SERVER_ERROR, error=Unavailable, tries=3),
    Trouble(fault=Fault.CUT_AFTER, error=Unavailable, tries=3),
    Trouble(fault=Fault.UNAUTHORIZED, error=Misconfigured, tries=1),
    Trouble(fault=Fault.NOT_JSON, error=Malformed, tries=1),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.fault.name)
async def test_a_read_that_keeps_failing_says_why(rig: Rig, trouble: Trouble) -> None:
    """And once the trouble is over everything is there."""
    rig.simulator.buy(TEE)
    plan = Planned(fault=trouble.fault, path="/v2/orders/search")
    rig.simulator.faults.plan(*[plan] * trouble.tries)
    with pytest.raises(trouble.error):
        await rig.pull(Kind.ORDER)
    assert 1 == len(await rig.all(Kind.ORDER))


async def test_a_read_that_hangs_is_unavailable(rig: Rig) -> None:
    """Nothing is waited for longer than the door allows."""
    rig.simulator.faults.plan(Planned(fault=Fault.HANG, path="/v2/locations"))
    client = rig.opened(Bounds(request_s=0.2, safe_attempts=1))
    with pytest.raises(Unavailable):
        await client.fetch(Kind.LOCATION, ["any"])


@pytest.mark.parametrize("fault", [Fault.THROTTLED_BARE, Fault.SERVER_ERROR, Fault.CUT_AFTER])
async def test_a_read_survives_a_passing_fault(rig: Rig, fault: Fault) -> None:
    """Two faults in the middle of a pull: every order once."""
    expected = buy_some(rig, 3, minutes=1)
    rig.simulator.books.cursors.limit = 1
    plan = Planned(fault=fault, path="/v2/orders/search")
    rig.simulator.faults.plan(plan, plan)
    assert expected == ids(await rig.all(Kind.ORDER))


async def test_a_sale_is_heard_of_and_read(rig: Rig) -> None:
    """Everything a till sale posts, signed as Square signs, leads to what changed."""
    order_id = rig.simulator.buy(TEE)
    heard = rig.hear()
    level = Touched(kind=Kind.LEVEL, external_id=f"{rig.item('TEE-S')}@{rig.place()}")
    order = Touched(kind=Kind.ORDER, external_id=order_id)
    assert [order, order, order, level] == [one for one in heard if isinstance(one, Touched)]
    [customer] = only(CustomerRecord, heard)
    assert customer == await rig.one(Kind.CUSTOMER, customer.external_id)


async def test_a_return_is_heard_of_and_read(rig: Rig) -> None:
    """The new order, the refund and the stock that is back."""
    order_id = rig.simulator.buy(TEE)
    rig.hear()
    uid = rig.simulator.books.orders[order_id]["line_items"][0]["uid"]
    return_id = rig.simulator.take_back(order_id, {uid: "1"})
    touched = {(one.kind, one.external_id) for one in only(Touched, rig.hear())}
    [refund_id] = rig.simulator.books.refunds
    assert touched == {
        (Kind.LEVEL, f"{rig.item('TEE-S')}@{rig.place()}"),
        (Kind.ORDER, return_id),
        (Kind.ORDER, order_id),
        (Kind.REFUND, refund_id),
    }


async def test_a_deleted_profile_is_heard_of(rig: Rig) -> None:
    """And is not there when it is asked for."""
    rig.simulator.buy(TEE)
    [customer_id] = rig.simulator.books.customers
    rig.hear()
    rig.simulator.delete_customer(customer_id)
    gone = [Removed(kind=Kind.CUSTOMER, external_id=customer_id)]
    assert gone == rig.hear()
    assert gone == await rig.client.fetch(Kind.CUSTOMER, [customer_id])


async def test_a_catalog_event_leaves_it_to_the_pull(rig: Rig) -> None:
    """It names nothing that changed."""
    rig.simulator.reprice("TEE-S", 5)
    assert [] == rig.hear()
    assert ["catalog.version.updated"] == [_topic(one.body) for one in rig.posts]


def _topic(body: bytes) -> str:
    return body.decode().partition('"type":"')[2].partition('"')[0]
