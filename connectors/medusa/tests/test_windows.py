"""Walks over a list that moves while it is read, and checkpoints."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.medusa import checkpoints, windows
from connectors.medusa.checkpoints import OVERLAP, Walks, Whole
from connectors.medusa.windows import EPOCH, Row, Window
from connectors.sdk import manifest
from connectors.sdk.records import Kind

START = datetime(2026, 11, 22, 12, tzinfo=EPOCH.tzinfo)
LIMIT = 3


@dataclass
class Server:
    """A list as Medusa serves it: times of milliseconds, at or after, limit and offset."""

    rows: dict[str, datetime]

    def page(self, window: Window) -> list[Row]:
        asked = dict(windows.query(window, LIMIT))
        end = asked.get("updated_at[$lt]", "9")
        rows = [
            Row(id=each, at=at)
            for each, at in self.rows.items()
            if asked["updated_at[$gte]"] <= windows.text(at) < end
        ]
        rows.sort(key=lambda row: row.id if asked["order"] == "id" else windows.text(row.at))
        offset = int(asked["offset"])
        return rows[offset : offset + int(asked["limit"])]


def _walk(
    server: Server, since: datetime, changes: list[tuple[int, str]]
) -> tuple[dict[str, datetime], datetime, int]:
    """Walk to the end; after page n, the rows that *changes* names for n change. Return the rows
    as last given, how far the walk came, and how many pages it took."""
    found: dict[str, datetime] = {}
    window: Window | None = Window(since=since)
    pages, now, reached = 0, START + timedelta(hours=1), since
    while window is not None:
        rows = server.page(window)
        found |= {row.id: row.at for row in rows}
        reached = max(reached, rows[-1].at if rows and not window.is_crowded else window.since)
        window = windows.advance(window, rows, LIMIT)
        for page, changed in changes:
            if page == pages:
                now += timedelta(minutes=1)
                server.rows[changed] = now
        pages += 1
        assert pages < 500
    return found, reached, pages


@given(
    ticks=st.lists(st.integers(0, 3), max_size=30),
    changes=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 29)), max_size=10),
)
@example(ticks=[0] * 9, changes=[(2, 0), (2, 1)])
def test_walk_leaves_nothing_out_while_rows_move(
    ticks: list[int], changes: list[tuple[int, int]]
) -> None:
    """Any number of rows an instant, any of them changing between any pages: the walk and the next
    one, from where it came to, give every row as it is in the end."""
    times = [START + timedelta(milliseconds=each) for each in ticks]
    server = Server({f"{at:02}": time for at, time in enumerate(times)})
    moved = [(page, f"{at:02}") for page, at in changes if at < len(ticks)]
    first, reached, _ = _walk(server, EPOCH, moved)
    second, _, _ = _walk(server, reached - OVERLAP, [])
    assert server.rows == first | second


@given(ticks=st.lists(st.integers(0, 3), max_size=30))
def test_walk_over_a_list_at_rest_needs_no_second_one(ticks: list[int]) -> None:
    """One walk gives all."""
    times = [START + timedelta(milliseconds=each) for each in ticks]
    server = Server({f"{at:02}": time for at, time in enumerate(times)})
    found, _, _ = _walk(server, EPOCH, [])
    assert server.rows == found


def test_import_of_one_instant_is_read_by_id() -> None:
    """Nine rows of one time and pages of three: two by time, five by id that share a row with the
    one before, and the one after that instant."""
    server = Server({f"{at}": START for at in range(9)})
    found, reached, pages = _walk(server, EPOCH, [])
    after = START + timedelta(milliseconds=1)
    assert (server.rows, after, 8) == (found, reached, pages)


def test_manifest_declares_the_overlap() -> None:
    """Of everything that is walked by time."""
    reads = manifest.load(Path(__file__).parent.parent / "manifest.toml").reads
    walked = {kind: read.overlap_s for kind, read in reads.items() if read.incremental != "none"}
    kinds = (Kind.ORDER, Kind.RETURN, Kind.CUSTOMER, Kind.PRODUCT)
    assert dict.fromkeys(kinds, OVERLAP.total_seconds()) == walked


@pytest.mark.parametrize("text", [None, "", "7", "{", '{"walks":3}', '{"offset":1}'])
def test_checkpoint_that_is_none_of_ours_counts_as_none(text: str | None) -> None:
    """Everything is read again."""
    assert checkpoints.parse(text, Walks) is None


def test_checkpoint_is_written_and_read() -> None:
    """A walk never goes back; open orders come and go."""
    point = Walks().reached("orders", START).reached("orders", EPOCH)
    point = point.opened({"order_2", "order_1"}).closed({"order_2"})
    text = checkpoints.write(point)
    assert '{"walks":{"orders":"2026-11-22T12:00:00Z"},"open":["order_1"]}' == text
    assert point == checkpoints.parse(text, Walks)
    assert Whole(offset=100) == checkpoints.parse(checkpoints.write(Whole(offset=100)), Whole)
