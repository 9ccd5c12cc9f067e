"""schemathesis reads the schema from the served gateway and sends what it makes of it."""

import os
import re
import sys
from pathlib import Path

from tests.clients.conftest import HERE, run
from tests.gateways import ADMIN, GatewayUnderTest

PROGRAM = Path(sys.executable).with_name("schemathesis")
EXAMPLES = 4
"""Of each field at the top."""


async def test_schemathesis_finds_no_fault(gateway: GatewayUnderTest, tmp_path: Path) -> None:
    """Queries and mutations, the same ones each time."""
    said = await run(
        str(PROGRAM),
        "run",
        f"{gateway.url}/graphql",
        "--header",
        f"Authorization: Bearer {gateway.token(ADMIN)}",
        *("--checks", "no_bug", "--phases", "fuzzing", "--no-color"),
        *("--warnings", "off"),
        *("--seed", "20261201", "--max-examples", str(EXAMPLES)),
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.clients.schemathesis_checks",
             "PYTHONPATH": str(HERE.parents[1])},
    )  # fmt: skip
    assert re.search(rb"\b([1-9]\d*) generated, \1 passed", said), said.decode()
