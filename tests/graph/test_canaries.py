"""A secret and a card number, sent through every input, are found nowhere afterwards."""

import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from connectors.sdk.changes import Unreadable
from connectors.sdk.commands import ShipFulfillmentOrder
from connectors.sdk.errors import Rejected
from connectors.sdk.records import Kind
from gateway.store.unit import Units
from gateway.telemetry import logs
from tests import records, trading
from tests.gateways import SECRET_KEY, GatewayUnderTest
from tests.graph.mutations.cases import ALL, Case, ask, begin, codes, facts, ids_of
from tests.graph.sending import send
from tests.toys import SECRET
from tests.trading import Trade

CARDS = ("4111 1111 1111 1111", "4111111111111111", "5555-5555-5555-4444", "378282246310005")
"""As people write them. Source: the test numbers that every processor documents."""
CANARIES = (*(card for card in CARDS), SECRET, SECRET_KEY)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, as production writes it."""
    stream = io.StringIO()
    logs.configure("debug", "json", stream=stream)
    yield stream
    structlog.reset_defaults()


@pytest.fixture
def trade() -> Trade:
    return Trade()


@pytest.fixture
async def gateway(store_url: str, trade: Trade) -> AsyncIterator[GatewayUnderTest]:
    async with trading.open_over(store_url, trade) as tested:
        yield tested


async def kept(units: Units) -> list[bytes]:
    """Every value of every table, and on SQLite the bytes of its files."""
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if units.is_sqlite
        else "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    )
    values: list[bytes] = []
    async with units.read() as unit:
        for table in (await unit.connection.scalars(text(names))).all():
            rows = await unit.connection.execute(text(f'SELECT * FROM "{table}"'))
            for row in rows:
                values += [one if isinstance(one, bytes) else str(one).encode() for one in row]
        if units.is_sqlite:
            file = (await unit.connection.execute(text("PRAGMA database_list"))).one()[2]
            folder, name = Path(file).parent, Path(file).name
            values += [one.read_bytes() for one in folder.glob(f"{name}*")]
    return values


async def found(gateway: GatewayUnderTest, *more: str) -> set[str]:
    """Which canaries are in the store, or in *more*."""
    places = [*(await kept(gateway.gateway.units)), *(one.encode() for one in more)]
    return {canary for canary in CANARIES if any(canary.encode() in one for one in places)}


async def test_what_systems_state_leaves_no_card_and_no_secret(
    gateway: GatewayUnderTest, trade: Trade, written: io.StringIO
) -> None:
    """Notes, names, titles, reasons; deliveries that wait, that were read, and that cannot be."""
    texts = iter(f"pay with {card} please" for card in (*CARDS, *CARDS))
    order = records.order(
        "1",
        lines=(records.line(title=next(texts)),),
        note=next(texts),
        cancel_reason=next(texts),
        shipping_address=replace(records.ADDRESS, line2=next(texts), name=next(texts)),
    )
    trade.shop.hold(records.customer("c1", last_name=next(texts)), order)
    waits = trade.shop.delivery("d1", (Kind.ORDER, "1"), note=CARDS[0], secret=SECRET)
    broken = trade.shop.delivery("d2", (Kind.ORDER, "1"), note=CARDS[1], is_malformed=True)
    for body, headers in (waits, broken):
        assert 202 == await gateway.post("/webhooks/shop", body, {**headers, "x-shared": SECRET})
    assert set() == await found(gateway)
    await gateway.backfill("shop")
    trade.shop.records[Kind.ORDER, "2"] = Unreadable(  # type: ignore[assignment]
        kind=Kind.ORDER, external_id="2", reason="no total", payload=f'{{"note": "{CARDS[2]}"}}'
    )
    await trading.hear(gateway, trade.shop, (Kind.ORDER, "2"))
    shown = await gateway.query(
        "{ orders { nodes { lines { title } shippingAddress { name line2 } cancelReason } }"
        " customers { nodes { lastName } } exceptions { nodes { message } } }"
    )
    assert "pay with [card] please" == shown["data"]["orders"]["nodes"][0]["lines"][0]["title"]
    assert set() == await found(gateway, str(shown), written.getvalue())


async def test_what_looks_like_a_card_and_is_an_id_stays_as_it_is(
    gateway: GatewayUnderTest, trade: Trade
) -> None:
    """Ids, numbers and barcodes are not words that people write: nothing of them is lost."""
    number = "4111111111111111"
    trade.shop.hold(records.customer("c1"), records.order(number, number=number))
    await gateway.backfill("shop")
    document = "query($r: SourceRefInput!) { order(ref: $r) { number } }"
    ref = {"r": {"system": "shop", "externalId": number}}
    assert {"order": {"number": number}} == await gateway.data(document, ref)


async def test_a_parcels_number_that_looks_like_a_card_is_taken(
    gateway: GatewayUnderTest, trade: Trade
) -> None:
    """Carriers give such numbers out: goods are not held back for one."""
    await begin(gateway, trade)
    known = await ids_of(gateway)
    given = {"id": known.work, "tracking": {"number": CARDS[3], "carrier": "FedEx"}}
    ship = next(one for one in ALL.args[1] if one.name == "fulfillmentOrderShip")
    payload = await ask(gateway, ship, given)
    assert [] == codes(payload)
    [told] = [one for one in trade.depot.performed if isinstance(one, ShipFulfillmentOrder)]
    assert CARDS[3] == told.tracking.number


@ALL
async def test_a_card_number_in_a_mutation_is_refused(
    gateway: GatewayUnderTest, trade: Trade, written: io.StringIO, case: Case
) -> None:
    """In any text of it; nothing is kept, nothing is sent on, and the answer does not repeat it."""
    await begin(gateway, trade)
    known = await ids_of(gateway)
    before = await facts(gateway, trade)
    texts = {name for name, one in case.input(known).items() if isinstance(one, str)}
    said = []
    for name in sorted(texts - {case.id} | {"idempotencyKey"}):
        for card in CARDS:
            if name == "reason" and case.name == "returnRequest":
                continue  # one of a list of words
            payload = await ask(gateway, case, {**case.input(known), name: f"for {card}"})
            assert (["INVALID_INPUT"], [name]) == (
                codes(payload),
                payload["userErrors"][0]["path"],
            )
            said.append(str(payload))
    assert before == await facts(gateway, trade)
    assert set() == await found(gateway, *said, written.getvalue())


async def asked_for(gateway: GatewayUnderTest, card: str) -> list[str]:
    """What is answered to whoever asks for a card number, in every place there is for one."""
    text, number = "query($x: String) { orders(query: $x)", "query($x: Int) { orders(first: $x)"
    payloads: list[dict[str, Any]] = [
        {"query": f"{text} {{ nodes {{ id }} }} }}", "variables": {"x": card}},
        {"query": f"{number} {{ nodes {{ id }} }} }}", "variables": {"x": card}},
        {"query": f'{{ orders(first: "{card}") {{ nodes {{ id }} }} }}'},
        {"query": f'{{ order(ref: {{system: "shop", externalId: "{card}"}}) {{ id }} }}'},
    ]
    answers = [(await send(gateway, json=payload)).text for payload in payloads]
    headers = {"authorization": f"Bearer {card}"}
    return [*answers, (await send(gateway, json={"query": "{ a }"}, headers=headers)).text]


async def test_what_is_asked_or_refused_repeats_no_card(
    gateway: GatewayUnderTest, trade: Trade, written: io.StringIO
) -> None:
    """Searches, wrong variables, wrong documents, tokens, and a system's refusal."""
    await begin(gateway, trade)
    answers = [answer for card in CARDS for answer in await asked_for(gateway, card)]
    known = await ids_of(gateway)
    trade.shop.failures.append(Rejected(f"declined {CARDS[0]}", code="NO"))
    cancel = next(one for one in ALL.args[1] if one.name == "orderCancel")
    answers.append(str(await ask(gateway, cancel, cancel.input(known))))
    assert set() == await found(gateway, *answers, written.getvalue())
