"""Levels: what a connector's folder shows, and what it lacks for the next."""

import shutil
from pathlib import Path

import pytest

from connectors.sdk import manifest, registry
from connectors.sdk.conformance import Subject, levels

RECORDED = '"kind": "order", "given": {}, "expect": []'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The template, which has earned silver."""
    return Path(shutil.copytree(registry.TEMPLATE, tmp_path / "shop"))


def subject(folder: Path) -> Subject:
    def load() -> None:
        raise AssertionError("levels are read off the files")

    found = manifest.load(folder / "manifest.toml")
    return Subject(name="shop", folder=folder, manifest=found, connector=load)  # type: ignore[arg-type]


def edit(path: Path, text: str, other: str) -> None:
    before = path.read_text()
    assert text in before
    path.write_text(before.replace(text, other))


def record(folder: Path, text: str) -> None:
    (folder / "samples/recorded").mkdir()
    (folder / "samples/recorded/order.json").write_text(text)


def test_the_template_has_earned_silver(folder: Path) -> None:
    """Of an imaginary shop there are no recordings: it lacks nothing else for gold."""
    reached, lacking = levels.earned(subject(folder))
    assert ("silver", ["recording"]) == (reached, [rule.name for rule in lacking])


def test_gold_is_earned_with_a_dated_recording(folder: Path) -> None:
    """Then nothing is missing."""
    record(folder, f'{{"recorded": "2026-03-05", {RECORDED}}}')
    assert ("gold", ()) == levels.earned(subject(folder))
    report = levels.of(subject(folder))
    assert ("silver", "gold", ()) == (report.level, report.earned, report.missing)


@pytest.mark.parametrize("dated", ["", '"recorded": "last week", ', '"recorded": 7, '])
def test_a_recording_bears_its_date(folder: Path, dated: str) -> None:
    """One without a day proves nothing of today's contract."""
    record(folder, f"{{{dated}{RECORDED}}}")
    [rule] = levels.earned(subject(folder))[1]
    assert '"recorded": "YYYY-MM-DD" in 1 recordings' == rule.lacks


@pytest.mark.parametrize(
    ("file", "text", "other", "reached", "lacks"),
    [
        ("README.md", None, None, "none", "README.md"),
        ("kit.py", None, None, "none", "kit.py"),
        ("errors.py", None, None, "none", "errors.py"),
        (
            "errors.py",
            "] = {\n",
            "] = dict[str, type[errors.Rejected]]() or {\n",
            "none",
            "a table",
        ),
        ("samples/order.json", None, None, "none", "samples of order"),
        ("samples/order.json", "{", "[", "none", "samples of order"),
        ("simulator.py", None, None, "bronze", "a simulator with sdk.faults.Faults, or tests"),
        ("manifest.toml", "pull = true\n", "", "bronze", "pull of order"),
        ("manifest.toml", "fetch = true\n", "", "bronze", "fetch of order"),
        ("manifest.toml", "# Source: acme.example/docs/limits:", "#", "silver", "a recording"),
        ("README.md", "## Limits", "## Rates", "silver", "a recording"),
    ],
)
def test_what_is_not_there_is_named(
    folder: Path, file: str, text: str | None, other: str | None, reached: str, lacks: str
) -> None:
    """And the level is the one below."""
    if text is None or other is None:
        (folder / file).unlink()
    else:
        edit(folder / file, text, other)
    found, missing = levels.earned(subject(folder))
    assert reached == found
    assert str(missing[0].lacks).startswith(lacks)


def test_a_budget_says_where_its_numbers_come_from(folder: Path) -> None:
    """Above its heading or below it; a comment elsewhere says nothing of it."""
    path = folder / "manifest.toml"
    source = "# Source: acme.example/docs/limits: 10 requests a second and account, 40 at once.\n"
    edit(path, f"[limits]\n{source}", f"{source}[limits]\n")
    assert "silver" == levels.earned(subject(folder))[0]
    edit(path, source, "")
    reached, [rule] = levels.earned(subject(folder))
    assert ("bronze", "budget") == (reached, rule.name)


def test_limits_are_numbers(folder: Path) -> None:
    """In the section on limits: those of others are of other things."""
    edit(folder / "README.md", "10 requests a second and account, 40 at once.", "Few requests.")
    edit(folder / "README.md", "Pages of 100 orders, 50 orders by id.", "Small pages.")
    lacking = levels.earned(subject(folder))[1]
    assert ["recording", "limits"] == [rule.name for rule in lacking]


@pytest.mark.parametrize(
    "rule", ["a_lost_reply_leaves_one_effect", "a_lost_reply_leaves_one_effect-cancel_order"]
)
def test_silver_is_in_doubt_about_no_effect(folder: Path, rule: str) -> None:
    """Whatever the reason for an exemption is, and whether it is for one claim or for all."""
    edit(folder / "manifest.toml", "[quality]\n", f'[quality.exempt]\n{rule} = "r"\n\n[quality]\n')
    reached, [lacking] = levels.earned(subject(folder))
    assert ("bronze", f"no exemption from {rule}") == (reached, lacking.lacks)


def test_the_running_system_does_for_a_simulator(folder: Path) -> None:
    """With tests against it, where the manifest says that it was proven so."""
    (folder / "simulator.py").unlink()
    (folder / "running").mkdir()
    (folder / "running/test_orders.py").write_text("pytestmark = pytest.mark.systems\n")
    assert "bronze" == levels.earned(subject(folder))[0]
    edit(folder / "manifest.toml", 'evidence = "contract"', 'evidence = "running system"')
    assert "silver" == levels.earned(subject(folder))[0]


# Memory

COLLECTING = {
    "all pages of a pull": "    return [page async for page in self._pages()]\n",
    "records from page to page": """\
    found = []
    async for page in self._pages():
        found.append(page)
        yield page
""",
    "what was seen, on itself": """\
    while True:
        page = await self._page()
        self.seen.update(page.ids)
        yield page
""",
    "a list that adds up": """\
    found = []
    while more:
        page = await self._page()
        found += page.changes
    yield Page(found)
""",
    "a list of one more each time": """\
    found = ()
    async for page in self._pages():
        found = (*found, page)
        yield page
""",
    "by way of another function": "    yield Page(await self.all())\n",
}
BOUNDED = {
    "a page at a time": """\
    async for page in self._pages():
        yield page
""",
    "lists of one page": """\
    async for page in self._pages():
        found = []
        for one in page:
            found.append(one)
        found += page.others
        yield found
""",
    "what shrinks, and what has a name alike": """\
    open = set(held.open)
    async for page in self._pages():
        open -= page.ids
        rows = [one for one in page.rows]
        yield rows
""",
    "counts": """\
    count = 0
    async for page in self._pages():
        count += 1
        yield page
""",
    "what a fetch collects": "    yield await self._page()\n",
}
OTHERS = """

async def all(self):
    return [page async for page in self._pages()]


async def fetch(self, ids):
    return [one async for one in self._pages()]
"""


def collected(folder: Path, body: str) -> str | None:
    """What the checker says of a pull of this body."""
    (folder / "connector.py").write_text(f"async def pull(self, kind, since):\n{body}{OTHERS}")
    [rule] = [one for one in levels.of(subject(folder)).rules if one.name == "bounded_backfill"]
    return rule.lacks


@pytest.mark.parametrize("body", COLLECTING.values(), ids=COLLECTING)
def test_a_pull_that_collects_is_found(folder: Path, body: str) -> None:
    """It says where."""
    said = collected(folder, body)
    assert said
    assert said.startswith("pages that are not collected: connector.py:")


@pytest.mark.parametrize("body", BOUNDED.values(), ids=BOUNDED)
def test_a_pull_in_the_memory_of_a_page_is_bounded(folder: Path, body: str) -> None:
    """Whatever else the connector collects."""
    assert collected(folder, body) is None


def test_nothing_that_is_pulled_takes_no_memory(folder: Path) -> None:
    """What is only fetched has no backfill."""
    edit(folder / "manifest.toml", "pull = true\n", "")
    (folder / "connector.py").write_text(
        f"async def pull(self):\n{COLLECTING['all pages of a pull']}"
    )
    [rule] = [one for one in levels.of(subject(folder)).rules if one.name == "bounded_backfill"]
    assert rule.holds


def test_a_report_is_had_by_name() -> None:
    """As the graph asks for it."""
    report = levels.report("easypost")
    assert ("easypost", "silver", "silver") == (report.name, report.level, report.earned)
    assert {*levels.LEVELS} == {rule.level for rule in report.rules}
    with pytest.raises(LookupError, match=r"there are: .*shopify"):
        levels.report("nobody")
