"""Walks over a list that moves while it is read, and checkpoints."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.vendure import checkpoints, windows
from connectors.vendure.checkpoints import OVERLAP, Walks, Whole
from connectors.vendure.windows import EPOCH, Row, Window

START = datetime(2026, 11, 22, 12, tzinfo=EPOCH.tzinfo)
TAKE = 3


@dataclass
class Server:
    """A list as Vendure serves it: whole seconds, strict after, skip and take."""

    rows: dict[str, datetime]

    def page(self, window: Window) -> list[Row]:
        asked = windows.options(window, "updatedAt", TAKE, {})
        within = asked["filter"]["updatedAt"]  # type: ignore[index]
        rows = [Row(id=each, at=at) for each, at in self.rows.items()]
        if "after" in within:
            rows = [row for row in rows if windows.text(row.at) > within["after"]]
        else:
            start, end = within["between"]["start"], within["between"]["end"]
            rows = [row for row in rows if start <= windows.text(row.at) <= end]
        by_id = asked["sort"] == {"id": "ASC"}
        rows.sort(key=lambda row: row.id if by_id else windows.text(row.at))
        return rows[window.skip : window.skip + TAKE]


def _walk(
    server: Server, after: datetime, changes: list[tuple[int, str]]
) -> tuple[dict[str, datetime], datetime, int]:
    """Walk to the end; after page n, the rows that *changes* names for n change. Return the rows
    as last given, how far the walk came, and how many pages it took."""
    given_: dict[str, datetime] = {}
    window: Window | None = Window(after=after)
    pages, now, reached = 0, START + timedelta(hours=1), after
    while window is not None:
        rows = server.page(window)
        given_ |= {row.id: row.at for row in rows}
        reached = max(reached, rows[-1].at if rows and not window.second else window.after)
        window = windows.advance(window, rows, TAKE)
        for page, changed in changes:
            if page == pages:
                now += timedelta(minutes=1)
                server.rows[changed] = now
        pages += 1
        assert pages < 500
    return given_, reached, pages


@given(
    minutes=st.lists(st.integers(0, 3), max_size=30),
    changes=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 29)), max_size=10),
)
@example(minutes=[0] * 9, changes=[(2, 0), (2, 1)])
def test_walk_leaves_nothing_out_while_rows_move(
    minutes: list[int], changes: list[tuple[int, int]]
) -> None:
    """Any number of rows a second, any of them changing between any pages: the walk and the next
    one, from where it came to, give every row as it is in the end."""
    server = Server(
        {f"{at:02}": START + timedelta(minutes=minute) for at, minute in enumerate(minutes)}
    )
    moved = [(page, f"{at:02}") for page, at in changes if at < len(minutes)]
    first, reached, _ = _walk(server, EPOCH, moved)
    second, _, _ = _walk(server, reached - OVERLAP, [])
    assert server.rows == first | second


@given(minutes=st.lists(st.integers(0, 3), max_size=30))
def test_walk_over_a_list_at_rest_needs_no_second_one(minutes: list[int]) -> None:
    """Every row is given by one walk."""
    server = Server(
        {f"{at:02}": START + timedelta(minutes=minute) for at, minute in enumerate(minutes)}
    )
    assert server.rows == _walk(server, EPOCH, [])[0]


def test_walk_over_a_crowded_second_goes_by_id() -> None:
    """Seven rows of one second come through in pages of three that share a row each."""
    server = Server({str(at): START for at in range(7)})
    given_, _, pages = _walk(server, EPOCH, [])
    assert (server.rows, 7) == (given_, pages)


def test_first_page_asks_for_all_after_the_checkpoint() -> None:
    """The walk's own options: strictly after, in order of the time, without losing the filter."""
    expected = {
        "take": 50,
        "skip": 0,
        "sort": {"updatedAt": "ASC"},
        "filter": {"enabled": {"eq": True}, "updatedAt": {"after": "2026-11-22T12:00:00.000Z"}},
    }
    found = windows.options(Window(after=START), "updatedAt", 50, {"enabled": {"eq": True}})
    assert expected == found


def test_next_page_begins_with_the_second_that_the_last_one_ended_in() -> None:
    """Times have whole seconds, so the last second may go on."""
    rows = [Row(id=str(at), at=START + timedelta(seconds=at)) for at in range(TAKE)]
    expected = Window(after=START + timedelta(seconds=2) - timedelta(milliseconds=1))
    assert expected == windows.advance(Window(after=EPOCH), rows, TAKE)


def test_page_that_slid_is_read_again_from_the_start_of_its_second() -> None:
    """When the row both pages should share is not first, one slid past: begin the second anew."""
    window = Window(after=EPOCH, second=START, skip=2, anchor="2")
    rows = [Row(id=each, at=START) for each in ("3", "4", "5")]
    assert Window(after=EPOCH, second=START) == windows.advance(window, rows, TAKE)


def test_checkpoint_is_read_as_it_was_written() -> None:
    """The text the gateway keeps brings everything back."""
    point = Walks().reached("placed", START).opened({"7", "12"})
    expected = '{"walks":{"placed":"2026-11-22T12:00:00Z"},"open":["12","7"]}'
    assert expected == checkpoints.write(point)
    assert point == checkpoints.parse(checkpoints.write(point), Walks)


def test_checkpoint_never_goes_back() -> None:
    """A page of the overlap, older than the checkpoint, does not pull it back."""
    point = Walks().reached("placed", START)
    assert point == point.reached("placed", START - timedelta(seconds=10))


@pytest.mark.parametrize("text", [None, "", "{", '{"skip":0}', '{"walks":7}', '{"other":1}'])
def test_foreign_checkpoint_counts_as_none(text: str | None) -> None:
    """Everything is read again rather than something left out."""
    assert checkpoints.parse(text, Walks) is None


def test_whole_list_remembers_where_it_was_interrupted() -> None:
    """Stock and locations go on by number of rows, and begin anew at their end."""
    assert Whole(skip=100) == checkpoints.parse('{"skip":100}', Whole)
