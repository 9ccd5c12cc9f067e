"""A command as a process of its own, ended with the block."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

READY_WITHIN_S = 60.0
"""A machine that does much else beside."""


@dataclass
class Command:
    """A running command. *said* holds the lines of its standard error so far."""

    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)

    async def ready(self) -> dict[str, Any]:
        """Wait for the line that programs wait for; return what it says."""
        assert self.process.stdout
        async with asyncio.timeout(READY_WITHIN_S):
            line = (await self.process.stdout.readline()).decode()
        assert line.startswith("READY "), (line, self.said)
        stated: dict[str, Any] = json.loads(line.removeprefix("READY "))
        return stated

    async def says(self, words: str) -> str:
        """Wait for a line of standard error with *words* in it."""
        async with asyncio.timeout(READY_WITHIN_S):
            while True:
                found = next((line for line in self.said if words in line), None)
                if found:
                    return found
                await asyncio.sleep(0.05)

    async def end(self, signal: int, within_s: float) -> int:
        """Send *signal*; return the exit code."""
        self.process.send_signal(signal)
        async with asyncio.timeout(within_s):
            return await self.process.wait()

    async def listen(self) -> None:
        assert self.process.stderr
        while line := await self.process.stderr.readline():
            self.said.append(line.decode().rstrip())


@asynccontextmanager
async def command(*words: str, env: Mapping[str, str]) -> AsyncIterator[Command]:
    """Run ``gateway`` with *words* and nothing of the gateway's environment but *env*."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        *words,
        env={**around, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    running = Command(process)
    listening = asyncio.create_task(running.listen())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await listening
