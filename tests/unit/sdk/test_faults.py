"""Faults on demand: each meets the request it was planned for, once."""

import aiohttp
import pytest

from connectors.sdk.faults import Fault, Planned
from tests.unit.sdk.conftest import Rig


async def status(rig: Rig, path: str = "/a", method: str = "GET") -> int | str:
    """The status of an answer, or what cut it off."""
    try:
        async with rig.session.request(method, rig.url + path) as answer:
            await answer.read()
            return answer.status
    except aiohttp.ClientError as error:
        return type(error).__name__


@pytest.mark.parametrize(
    ("fault", "seen", "done"),
    [
        (Fault.SERVER_ERROR, 500, 0),
        (Fault.SERVER_ERROR_AFTER, 500, 1),
        (Fault.THROTTLED, 429, 0),
        (Fault.THROTTLED_BARE, 429, 0),
        (Fault.UNAUTHORIZED, 401, 0),
        (Fault.NOT_JSON, 200, 0),
        (Fault.CUT_AFTER, "ClientPayloadError", 1),
    ],
)
async def test_a_fault_is_what_it_says_and_only_once(
    rig: Rig, fault: Fault, seen: int | str, done: int
) -> None:
    """Whether the effect happens is part of the fault; the next request is answered."""
    rig.system.plan(fault)
    assert (await status(rig), rig.system.done) == (seen, done)
    assert (await status(rig), rig.system.done) == (200, done + 1)


async def test_a_throttled_answer_says_how_long_unless_it_is_bare(rig: Rig) -> None:
    """Retry-After: 1, or none."""
    rig.system.plan(Fault.THROTTLED, Fault.THROTTLED_BARE)
    found = []
    for _ in range(2):
        async with rig.session.get(rig.url) as answer:
            found.append(answer.headers.get("retry-after"))
    assert found == ["1", None]


async def test_a_fault_waits_for_its_path_and_method(rig: Rig) -> None:
    """Other requests pass; faults for one request are used in order."""
    rig.system.faults.plan(
        Planned(fault=Fault.UNAUTHORIZED, path="/b", method="POST"),
        Planned(fault=Fault.SERVER_ERROR, path="/b"),
    )
    seen = [
        await status(rig, "/a"),
        await status(rig, "/b/7"),
        await status(rig, "/b"),
        await status(rig, "/b", "POST"),
        await status(rig, "/b", "POST"),
    ]
    assert seen == [200, 500, 200, 401, 200]


async def test_a_fault_may_come_after_some_requests(rig: Rig) -> None:
    """Those that it would have met are counted, others are not."""
    rig.system.faults.plan(
        Planned(fault=Fault.SERVER_ERROR, path="/b", after=2),
        Planned(fault=Fault.UNAUTHORIZED, after=1),
    )
    paths = ["/b", "/a", "/b", "/b", "/b"]
    assert [await status(rig, path) for path in paths] == [200, 401, 200, 500, 200]


async def test_everything_that_arrives_is_counted(rig: Rig) -> None:
    """Faults too."""
    rig.system.plan(Fault.SERVER_ERROR)
    await status(rig, "/a")
    await status(rig, "/b", "PUT")
    assert rig.system.faults.requests == [("GET", "/a"), ("PUT", "/b")]


async def test_a_hang_ends_when_the_caller_does(rig: Rig) -> None:
    """Nothing happens, and the next request is answered."""
    rig.system.plan(Fault.HANG)
    with pytest.raises(TimeoutError):
        async with rig.session.get(rig.url, timeout=aiohttp.ClientTimeout(total=0.05)):
            pass
    assert (await status(rig), rig.system.done) == (200, 1)
