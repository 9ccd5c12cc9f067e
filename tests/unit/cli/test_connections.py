"""``gateway connection`` and ``gateway doctor``, over a simulated carrier and a simulated till."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from connectors.sdk import registry
from connectors.sdk.faults import Fault, Planned
from gateway.demo import town
from gateway.demo.town import Town
from gateway.web import server
from tests.unit.cli.conftest import Terminal


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve *app* from a thread of its own: commands have this thread's event loop."""
    loop = asyncio.new_event_loop()
    listener = server.listen("127.0.0.1", 0)
    stop = asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(server.serve(app, listener, stop),)
    )
    address = server.address(listener)
    thread.start()
    try:
        yield address
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.fixture
def built() -> Town:
    """Five orders of two systems."""
    return town.build(5, seed=7)


@pytest.fixture
def carrier(built: Town) -> Iterator[str]:
    with served(built.carrier.faults) as address:
        yield f"{address}/v2"


@pytest.fixture
def till(built: Town) -> Iterator[str]:
    with served(built.till.faults) as address:
        yield address


def add_till(terminal: Terminal, url: str) -> None:
    words = ["connection", "add", "till-nyc", "square", f"url={url}"]
    said = terminal(*words, "--env", "access_token=TILL_TOKEN", TILL_TOKEN="simulated-access-token")
    assert 0 == said.code


def add_carrier(terminal: Terminal, url: str, key: str = "EZTKsimulated") -> Any:
    return terminal(
        "connection",
        "add",
        "parcels",
        "easypost",
        f"url={url}",
        "--env",
        "api_key=KEY",
        "--env",
        "webhook_secret=HOOK",
        KEY=key,
        HOOK="a-secret-for-webhooks",
    )


def test_a_connection_that_was_added_is_listed_and_tested(terminal: Terminal, carrier: str) -> None:
    """Its webhooks' address is said, its secrets are not kept as they are."""
    said = add_carrier(terminal, carrier)
    assert [
        "parcels is connected.",
        "Have its webhooks sent to http://127.0.0.1:8000/webhooks/parcels",
    ] == said.out
    listed = terminal("connection", "list")
    assert ["parcels", "easypost", carrier, "store", "yes"] == listed.out[1].split()
    assert 0 == terminal("connection", "test", "parcels").code
    with create_engine(
        terminal.env["GATEWAY_DATABASE_URL"].replace("+aiosqlite", "")
    ).connect() as c:
        [row] = c.execute(text("SELECT * FROM connections")).all()
    assert "EZTKsimulated" not in str(row)
    assert "a-secret-for-webhooks" not in str(row)


def test_a_secret_on_the_command_line_is_refused(terminal: Terminal, carrier: str) -> None:
    """Others could read it there; nothing is kept."""
    said = terminal(
        "connection", "add", "parcels", "easypost", f"url={carrier}", "api_key=EZTKsimulated"
    )
    assert 2 == said.code
    assert ["gateway: api_key: a secret: give it with --env api_key=VARIABLE"] == said.err
    assert 1 == len(terminal("connection", "list").out)


def test_a_missing_secret_is_named_where_nobody_can_be_asked(
    terminal: Terminal, carrier: str
) -> None:
    """A script does not hang."""
    said = terminal("connection", "add", "parcels", "easypost", f"url={carrier}")
    assert 2 == said.code
    [line] = said.err
    assert line.startswith("gateway: connections.parcels.settings.api_key: required: ")


def test_an_id_is_taken_once(terminal: Terminal, carrier: str) -> None:
    """The first stays."""
    add_carrier(terminal, carrier)
    said = add_carrier(terminal, "http://127.0.0.1:1")
    assert (1, ["gateway: there is a connection parcels"]) == (said.code, said.err)
    assert carrier in terminal("connection", "list").out[1]


def test_wrong_credentials_fail_the_test_and_the_doctor(terminal: Terminal, carrier: str) -> None:
    """One line each; the rest is well."""
    add_carrier(terminal, carrier, key="EZTKwrong")
    said = terminal("connection", "test", "parcels")
    assert (1, 1) == (said.code, len(said.err))
    checked = terminal("doctor")
    assert 1 == checked.code
    assert ["ok", "ok", "FAIL"] == [line.split()[0] for line in checked.out]


def test_the_doctor_finds_everything_well(
    terminal: Terminal, carrier: str, till: str, redis_url: str
) -> None:
    """A line for settings, store, Redis and each connection."""
    add_carrier(terminal, carrier)
    add_till(terminal, till)
    said = terminal("doctor", GATEWAY_REDIS_URL=redis_url)
    assert 0 == said.code
    names = ["settings", "store", "redis", "parcels", "till-nyc"]
    assert names == [line.split()[1].rstrip(":") for line in said.out]


def test_the_doctor_names_what_does_not_answer(terminal: Terminal) -> None:
    """Redis is away: said, and no connection is asked."""
    said = terminal("doctor", GATEWAY_REDIS_URL="redis://127.0.0.1:1")
    assert 1 == said.code
    assert ["ok", "ok", "FAIL"] == [line.split()[0] for line in said.out]
    assert said.out[2].startswith("FAIL  redis: ConnectionError")


def test_a_backfill_reads_everything_once(terminal: Terminal, built: Town, till: str) -> None:
    """The second reads only what came since."""
    add_till(terminal, till)
    said = terminal("connection", "backfill", "till-nyc")
    kinds = ["location", "product", "customer", "level", "order", "refund"]
    assert (0, [f"till-nyc {kind}: read" for kind in kinds]) == (said.code, said.out)
    assert built.bought["till-nyc"] == orders_in(terminal)
    assert 0 == terminal("connection", "backfill", "till-nyc").code
    assert built.bought["till-nyc"] == orders_in(terminal)


def test_a_sync_reads_what_changed(terminal: Terminal, built: Town, till: str) -> None:
    """Nothing that was read before is taken in twice."""
    add_till(terminal, till)
    terminal("connection", "backfill", "till-nyc", "--kind", "location", "--kind", "order")
    before = orders_in(terminal)
    while built.bought["till-nyc"] == before:
        built.buy()
    said = terminal("connection", "sync", "till-nyc", "--kind", "order")
    assert 0 == said.code
    assert before + 1 == orders_in(terminal)


def test_a_system_that_fails_during_a_backfill_is_one_line_and_the_rest_goes_on_later(
    terminal: Terminal, built: Town, till: str
) -> None:
    """What was read before stays."""
    add_till(terminal, till)
    faults = [Planned(fault=Fault.UNAUTHORIZED, path="/orders/search")]
    built.till.faults.plan(*faults)
    said = terminal("connection", "backfill", "till-nyc")
    assert 1 == said.code
    assert said.err[-1].startswith("gateway: ")
    assert 0 == orders_in(terminal)
    assert 0 == terminal("connection", "backfill", "till-nyc").code
    assert built.bought["till-nyc"] == orders_in(terminal)


def test_what_was_set_aside_is_tried_again(terminal: Terminal, built: Town, till: str) -> None:
    """An order that cannot be read is read once its system mended it."""
    add_till(terminal, till)
    order = next(iter(built.till.books.orders.values()))
    total, order["total_money"] = order["total_money"], {"amount": "much"}
    terminal("connection", "backfill", "till-nyc")
    assert built.bought["till-nyc"] - 1 == orders_in(terminal)
    retry = ("connection", "sync", "till-nyc", "--retry", "--kind", "location")
    outcome = "till-nyc: 0 deliveries tried again, 1 records read again, {} still cannot be read"
    assert outcome.format(1) == terminal(*retry).out[0]
    order["total_money"] = total
    assert outcome.format(0) == terminal(*retry).out[0]
    assert built.bought["till-nyc"] == orders_in(terminal)


def test_an_unknown_connection_or_connector_is_named(terminal: Terminal) -> None:
    """With those that there are."""
    said = terminal("connection", "test", "shop")
    assert (2, ["gateway: no connection 'shop'; there are: none"]) == (said.code, said.err)
    said = terminal("connection", "add", "shop", "shopfy")
    known = ", ".join(registry.discover())
    assert (2, [f"gateway: no connector 'shopfy'; there are: {known}"]) == (said.code, said.err)


def orders_in(terminal: Terminal) -> int:
    url = terminal.env["GATEWAY_DATABASE_URL"].replace("+aiosqlite", "")
    with create_engine(url).connect() as connection:
        count: int = connection.scalar(text("SELECT count(*) FROM orders"))  # type: ignore[assignment]
    return count
