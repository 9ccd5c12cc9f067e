"""``gateway serve`` and ``gateway worker``: they begin, answer, and end in good order."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from gateway import settings
from gateway.auth import tokens
from gateway.clock import utc_now
from tests.gateways import ADMIN, SECRET_KEY
from tests.integration.cli.processes import command
from tests.running import free_port

ENDS_WITHIN_S = 10.0


def environment(url: str, **more: str) -> dict[str, str]:
    return {"GATEWAY_DATABASE_URL": url, "GATEWAY_SECRET_KEY": SECRET_KEY, **more}


def headers() -> dict[str, str]:
    keys = settings.load(secret_key=SECRET_KEY).keys(tokens.PURPOSE)
    token = tokens.LocalTokens(keys, utc_now).mint(ADMIN, timedelta(hours=1))
    return {"authorization": f"Bearer {token}"}


async def viewer(http: httpx2.AsyncClient, url: str) -> Any:
    asked = {"query": "{ viewer { role } orders { nodes { id } } }"}
    return (await http.post(url, json=asked, headers=headers())).json()["data"]


ANSWER = {"viewer": {"role": "ADMIN"}, "orders": {"nodes": []}}


async def test_serve_answers_and_drains(sqlite_url: str) -> None:
    """Told to end, it says at once that it is not ready, goes on answering, and ends with 0."""
    async with (
        command("serve", "--port", "0", env=environment(sqlite_url)) as served,
        httpx2.AsyncClient() as http,
    ):
        stated = await served.ready()
        url = stated["url"]
        assert {"url": url, "graphql": f"{url}/graphql", "console": f"{url}/"} == stated
        assert ANSWER == await viewer(http, stated["graphql"])
        assert 200 == (await http.get(f"{url}/readyz")).status_code
        served.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_WITHIN_S):
            while (await http.get(f"{url}/readyz")).status_code == 200:
                await asyncio.sleep(0.01)
            assert 200 == (await http.get(f"{url}/healthz")).status_code
            assert 0 == await served.process.wait()
        assert [] == [line for line in served.said if "Traceback" in line]


async def test_an_open_stream_does_not_hold_up_the_end(sqlite_url: str) -> None:
    """Whoever follows comes back with a cursor."""
    follow = {"query": "subscription { events { cursor } }"}
    async with (
        command("serve", "--port", "0", env=environment(sqlite_url)) as served,
        httpx2.AsyncClient() as http,
    ):
        url = (await served.ready())["graphql"]
        accept = {"accept": "text/event-stream", **headers()}
        async with http.stream("POST", url, json=follow, headers=accept) as stream:
            assert 200 == stream.status_code
            assert 0 == await served.end(signal.SIGTERM, ENDS_WITHIN_S)
        assert [] == [line for line in served.said if "Traceback" in line]


async def test_processes_share_a_socket_and_a_dead_one_is_replaced(
    postgresql_url: str, redis_url: str, tmp_path: Path
) -> None:
    """READY comes once, when all are; one killed is started anew; all end together."""
    env = environment(postgresql_url, GATEWAY_REDIS_URL=redis_url)
    async with (
        command("serve", "--port", "0", "--workers", "2", env=env) as served,
        command("worker", env=env) as worker,
        httpx2.AsyncClient() as http,
    ):
        url = (await served.ready())["graphql"]
        assert ANSWER == await viewer(http, url)
        children = _children(served.process.pid)
        assert 2 == len(children)
        _kill(children[0])
        await served.says("another takes over")
        assert ANSWER == await viewer(http, url)
        assert 0 == await served.end(signal.SIGTERM, ENDS_WITHIN_S)
        assert 0 == await worker.end(signal.SIGTERM, ENDS_WITHIN_S)
        said = [*served.said, *worker.said]
        assert [] == [line for line in said if "Traceback" in line]


async def test_a_database_that_is_away_is_waited_for() -> None:
    """Said in one line each time, later and later; told to end meanwhile, it does."""
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    async with command("worker", env=environment(url)) as worker:
        first = await worker.says("trying again in 0.5 s")
        assert first.startswith("gateway: the store does not answer (")
        await worker.says("trying again in 1.0 s")
        assert 0 == await worker.end(signal.SIGTERM, ENDS_WITHIN_S)
        assert [] == [line for line in worker.said if not line.startswith("gateway: the store")]


def _children(pid: int) -> list[int]:
    """The web processes of *pid*, without the tracker that `multiprocessing` starts."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def _kill(pid: int) -> None:
    import os

    os.kill(pid, signal.SIGKILL)
