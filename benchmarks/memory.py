"""What the embedded gateway holds in memory at rest, and with orders in its store.

python -m benchmarks.memory [ORDERS]
"""

import asyncio
import resource
import subprocess
import sys

from benchmarks.reads import LIST, Runner
from benchmarks.support.table import show
from benchmarks.support.world import world


async def main(orders: int) -> None:
    """Measure each size in a process of its own: what one touched does not count for the next."""
    if orders >= 0:
        async with world(orders) as held:
            if orders:
                await Runner(held).once(LIST, {})
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return
    rows = []
    for size in (0, 10_000):
        command = [sys.executable, "-m", "benchmarks.memory", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append((f"{size:,}", f"{done.stdout.split()[-1]} MB"))
    show("peak resident memory of an embedded gateway", ("orders", "RSS"), rows)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else -1))
