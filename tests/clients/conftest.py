"""What drives the gateway from outside: clients of other people, over real sockets.

    async def test_it(node: Node, gateway: GatewayUnderTest) -> None:
        said = await node("audits.mjs", f"{gateway.url}/graphql")  # the JSON that it prints

A gateway is up in a fifth of a second, so every test has one of its own.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.gateways import GatewayUnderTest, gateway_over, served
from tests.toys import Toy, outside

HERE = Path(__file__).parent
CODEGEN = HERE / ".clients/venv/bin/ariadne-codegen"
NODE_TIMEOUT_S = 60


class Node(Protocol):
    """Runs a script of this folder under Node."""

    def __call__(self, script: str, *arguments: str, stdin: Any = None) -> Awaitable[Any]:
        """Return the JSON that *script* prints. *stdin*: JSON that it is given. Fails the test when
        the script fails, with what it wrote to stderr."""


def absent(what: str) -> None:
    """Skip, saying what there is not; where CI=true nothing is skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}: run .ci/clients")
    pytest.skip(f"{what} (.ci/clients installs it)")


@pytest.fixture(scope="session")
def node() -> Node:
    if not (HERE / "node_modules/.package-lock.json").exists():
        absent("no clients for Node here")
    return run_node


@pytest.fixture(scope="session")
def ariadne_codegen() -> Path:
    """The program, in its own virtual environment."""
    if not CODEGEN.exists():
        absent("no ariadne-codegen here")
    return CODEGEN


async def run_node(script: str, *arguments: str, stdin: Any = None) -> Any:
    """See `Node`."""
    text = await run("node", str(HERE / script), *arguments, stdin=json.dumps(stdin).encode())
    return json.loads(text)


async def run(
    *command: str, stdin: bytes = b"", cwd: Path = HERE, env: Mapping[str, str] | None = None
) -> bytes:
    """Return what a program prints. Fails the test when the program fails or does not end."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env=env,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(NODE_TIMEOUT_S):
            out, err = await process.communicate(stdin)
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
        pytest.fail(f"{command[1]} did not end in {NODE_TIMEOUT_S} s: {err.decode()}")
    if process.returncode:
        pytest.fail(f"{command[1]} failed with {process.returncode}: {(err or out).decode()}")
    return out


@pytest.fixture
def shop() -> Toy:
    return Toy(id="shop")


@pytest.fixture
async def gateway(sqlite_url: str, shop: Toy) -> AsyncIterator[GatewayUnderTest]:
    """A gateway of this test's own, connected to *shop*, served on a free port."""
    async with (
        gateway_over(sqlite_url, [shop.connection], outside=outside(shop)) as tested,
        served(tested) as running,
    ):
        yield running
