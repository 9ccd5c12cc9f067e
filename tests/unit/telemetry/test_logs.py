"""Logs: one structured line an event, whoever writes it, without canaries."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from gateway.telemetry import logs
from gateway.telemetry.metrics import BUGS

SECRET = "canary-S3cr3t-9f86d081"
EMAIL = "canary@person.example"


@pytest.fixture
def written() -> Iterator[StringIO]:
    """Everything that is logged meanwhile; afterwards the log is as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = StringIO()
    logs.configure("debug", "json", stream=stream)
    yield stream
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def lines(written: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_is_one_object_with_time_level_and_fields(written: StringIO) -> None:
    """Machines read it."""
    structlog.get_logger("gateway.sync").info("webhook.accepted", connection="shop-us", size=3)
    [line] = lines(written)
    assert line.pop("timestamp")
    assert line == {
        "event": "webhook.accepted",
        "level": "info",
        "logger": "gateway.sync",
        "connection": "shop-us",
        "size": 3,
    }


def test_context_is_on_every_line_inside_and_on_none_after(written: StringIO) -> None:
    """Lines of one request are found by its id, those of libraries too."""
    with logs.context(request="req_1"):
        structlog.get_logger().info("in")
        logging.getLogger("aiohttp.client").warning("in too")
    structlog.get_logger().info("out")
    assert [line.get("request") for line in lines(written)] == ["req_1", "req_1", None]


def _everywhere(secret: str, email: str) -> None:
    """Log both canaries in every way that code logs."""
    log = structlog.get_logger("gateway.test")
    log.info("a", token=secret, email=email, headers={"authorization": f"Bearer {secret}"})
    log.info(f"authorization: Bearer {secret} of {email}")  # noqa: G004 (what a careless line looks like)
    log.info("b", url=f"https://shop.example/?access_token={secret}&q={email}")
    log.warning("c", settings={"api_key": secret, "deep": [{"password": secret, "to": email}]})
    log.bind(customer_name=email).info("d", reply=f'{{"secret": "{secret}"}}')
    foreign = logging.getLogger("uvicorn.error")
    foreign.error("bad header Authorization: Bearer %s from %s", secret, email)
    foreign.error("who", extra={"email": email})
    try:
        raise ValueError(f"password={secret} for {email}")
    except ValueError as error:
        log.exception("e")
        logs.bug(error)
        foreign.exception("f")
    with logs.context(subject=email):
        log.info("g")


def test_canaries_are_never_written(written: StringIO) -> None:
    """A secret and an e-mail pushed through every way to log do not come out, in either format."""
    _everywhere(SECRET, EMAIL)
    assert len(lines(written)) == 11
    logs.configure("debug", "console", stream=written)
    _everywhere(SECRET, EMAIL)
    assert SECRET not in written.getvalue()
    assert EMAIL not in written.getvalue()


def test_statements_with_their_values_are_not_written_even_at_debug(written: StringIO) -> None:
    """SQL drivers log parameters, web servers log query strings, both at fine levels."""
    for name in ("sqlalchemy.engine.Engine", "aiosqlite", "asyncpg", "uvicorn.access"):
        logging.getLogger(name).info("INSERT ... Ada Lovelace")
    assert written.getvalue() == ""


def test_a_bug_is_written_with_its_traceback_under_the_id_that_is_given(written: StringIO) -> None:
    """The caller quotes the id, the operator finds the line."""
    before = BUGS._value.get()
    try:
        raise KeyError("missing")
    except KeyError as error:
        id = logs.bug(error, operation="orders")
    [line] = lines(written)
    assert id.startswith("bug_")
    assert (line["bug"], line["operation"], line["level"]) == (id, "orders", "error")
    assert "KeyError: 'missing'" in str(line["exception"])
    assert "test_logs.py" in str(line["exception"])
    assert BUGS._value.get() == before + 1


def test_lines_below_the_level_are_not_written(written: StringIO) -> None:
    """The level is the operator's."""
    logs.configure("warning", "json", stream=written)
    structlog.get_logger().info("quiet")
    logging.getLogger("aiohttp").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(written)] == ["loud"]


def test_pseudonyms_tell_subjects_apart_and_hide_them() -> None:
    """One subject has one pseudonym under one key; another key gives another."""
    logs.configure("error", "json", stream=StringIO(), key=b"k" * 32)
    first = logs.pseudonym("customer_1")
    assert first == logs.pseudonym("customer_1")
    assert first != logs.pseudonym("customer_2")
    logs.configure("error", "json", stream=StringIO(), key=b"l" * 32)
    assert first != logs.pseudonym("customer_1")
    assert "customer" not in first
