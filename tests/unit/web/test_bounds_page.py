"""docs/reference/limits.md says what one connection may do."""

from pathlib import Path

from gateway.web import messages, webhooks
from gateway.web.connection import Bounds

PAGE = (Path(__file__).parents[3] / "docs/reference/limits.md").read_text()


def test_the_page_says_the_bounds() -> None:
    """Row by row, in seconds and KiB."""
    held = Bounds()
    graph, hook = (one.MAX_BODY_BYTES // 2**20 for one in (messages, webhooks))
    url, head = held.url_bytes // 1024, held.head_bytes // 1024
    rows = [
        f"| a request's head, from its first byte to its last | {held.head_s:.0f} s | 408 |",
        f"| a body / the next piece of it | {held.body_s:.0f} s / {held.piece_s:.0f} s | 408 |",
        f"| taking what is waiting to be read | {held.reading_s:.0f} s | cut off |",
        f"| the address / the whole head | {url} KiB / {head} KiB | 414 / 431 |",
        f"| the body of a request to the graph / of a webhook | {graph} MiB / {hook} MiB | 413 |",
    ]
    most = f"{held.connections:,}, or what files it may open"
    rows.append(f"| connections of a process (`GATEWAY_MAX_CONNECTIONS`) | {most} | 503 |")
    assert [] == [row for row in rows if row not in PAGE]
