"""``gateway connector new``, ``check`` and ``list``, and the page that tells of them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors
from connectors.sdk import registry
from connectors.sdk.conformance import levels
from tests.unit.cli.conftest import Said, Terminal
from tests.unit.cli.tutorial import Change, Command, is_said, steps

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/how-to/write-a-connector.md"
NAME = "corner_shop"


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connectors that are found in a test are gone after it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # files change within one second here
    before = list(connectors.__path__)
    yield
    connectors.__path__[:] = before
    registry.forget()
    _unload()


def _unload() -> None:
    for name in [one for one in sys.modules if one.startswith(f"connectors.{NAME}")]:
        del sys.modules[name]


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def gateway(*words: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, as people have it."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def made(terminal: Terminal, tmp_path: Path) -> Path:
    """A new connector in a folder of its own."""
    assert 0 == terminal("connector", "new", NAME, "--into", "mine").code
    return tmp_path / "mine" / NAME


# new


def test_a_new_connector_keeps_every_rule(made: Path, tmp_path: Path) -> None:
    """It is checked where it lies, in a process that has never heard of it."""
    done = gateway("connector", "check", f"mine/{NAME}", folder=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert ", 0 fail, 0 exempt; level: silver" in done.stdout.splitlines()[-1]


def test_a_new_connector_has_its_own_name_everywhere(made: Path) -> None:
    """In modules, classes, headers, addresses and titles."""
    texts = files(made)
    whole = "\n".join([*texts, *texts.values()]).lower()
    assert [] == [one for one in ("template", "acme") if one in whole]
    assert f"test_{NAME}.py" in texts
    assert "class CornerShopConnector:" in texts["connector.py"]
    assert 'TIMESTAMP = "x-corner-shop-timestamp"' in texts["webhooks.py"]
    assert 'name = "Corner Shop"' in texts["manifest.toml"]
    assert "https://api.corner-shop.example/v1" in texts["manifest.toml"]


def require_order(folder: Path) -> None:
    """What is in *folder* is as ruff wants it here."""
    ours = ["--config", "lint.isort.known-first-party=['connectors']"]
    ours += ["--config", str(ROOT / "pyproject.toml"), "--no-cache", str(folder)]
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, *ours],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (0, done.stdout) == (done.returncode, done.stdout)


@pytest.mark.parametrize("name", ["ab", NAME, "zoo24", "north_european_wholesale"])
def test_a_new_connector_is_in_order(terminal: Terminal, tmp_path: Path, name: str) -> None:
    """Whatever the length of its name, and its place in the alphabet."""
    terminal("connector", "new", name, "--into", "mine")
    require_order(tmp_path / "mine")


def test_a_new_connector_lies_with_the_others(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless a folder is named; then nothing but it is written, and its name will do."""
    monkeypatch.setattr(registry, "ROOT", tmp_path / "connectors")
    said = terminal("connector", "new", NAME)
    assert f"1. gateway connector check {NAME}: it keeps every rule." in said.out[1]
    assert [tmp_path / "connectors" / NAME] == list((tmp_path / "connectors").iterdir())


def test_pytest_finds_what_lies_beside_new_connectors(made: Path) -> None:
    """A conftest.py, which the next new one leaves alone."""
    beside = made.parent / "conftest.py"
    assert (registry.TEMPLATE / "conftest.py").read_text() == beside.read_text()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Corner", "not a name of a connector"),
        ("corner-shop", "not a name of a connector"),
        ("24shop", "not a name of a connector"),
        ("class", "not a name of a connector"),
        ("../corner", "not a name of a connector"),
        ("", "not a name of a connector"),
        ("sdk", "the name is taken"),
        ("template", "the name is taken"),
        ("easypost", "the name is taken, by "),
        ("there", "there is something already at mine/there"),
    ],
)
def test_a_name_that_will_not_do_is_refused(
    terminal: Terminal, tmp_path: Path, name: str, says: str
) -> None:
    """In one line, and nothing is written."""
    (tmp_path / "mine/there").mkdir(parents=True)
    said = terminal("connector", "new", name, "--into", "mine")
    assert (2, []) == (said.code, said.out)
    [line] = said.err
    assert line.startswith(f"gateway: {name}: {says}")
    assert {} == files(tmp_path / "mine")


# check


def edit(path: Path, text: str, other: str) -> None:
    before = path.read_text()
    assert 1 == before.count(text)
    path.write_text(before.replace(text, other))


def test_a_flaw_is_named(terminal: Terminal, made: Path) -> None:
    """With the rule, and what the connector must do."""
    edit(made / "requests.py", "is_safe=False", "is_safe=True")
    said = terminal("connector", "check", f"mine/{NAME}", "--claim", "cancel_order")
    assert (1, []) == (said.code, said.err)
    first, second, last = said.out
    assert first.startswith("FAIL  command cancel_order: ")
    assert second.startswith("      fail: a_lost_reply_leaves_one_effect: cancel_order")
    assert last.endswith(" hold, 1 fail, 0 exempt; level: silver")


def test_an_error_is_named_by_the_line_that_raises_it(terminal: Terminal, made: Path) -> None:
    """A connector in the making raises anything."""
    edit(made / "mapping.py", "    stated = read(given, _Order)\n", "    stated = {}['order']\n")
    said = terminal(
        "connector", "check", f"mine/{NAME}", "--rule", "a_currency_without_decimals_is_exact"
    )
    assert 1 == said.code
    assert "It raises KeyError: 'order' at mapping.py:" in said.out[1]


def test_what_cannot_be_imported_is_one_line(terminal: Terminal, made: Path) -> None:
    """Not one for each rule."""
    edit(made / "connector.py", "READABLE = (Kind.ORDER,)", "READABLE = (Kind.ODER,)")
    said = terminal("connector", "check", f"mine/{NAME}")
    assert (1, []) == (said.code, said.out)
    [line] = said.err
    assert "cannot be imported: AttributeError: " in line
    assert " at connector.py:" in line


def test_an_exemption_is_shown_with_its_reason(terminal: Terminal, made: Path) -> None:
    """And is no failure."""
    edit(made / "webhooks.py", "    signatures.require_fresh(_sent_at(timestamp), now)\n", "")
    rule = "a_stale_delivery_is_refused"
    edit(
        made / "manifest.toml",
        "[quality]\n",
        f'[quality.exempt]\n{rule} = "its clock is wrong"\n\n[quality]\n',
    )
    said = terminal("connector", "check", f"mine/{NAME}", "--rule", rule)
    assert 0 == said.code
    assert [
        "ok    webhooks: 0 of 1 hold",
        f"      exempt: {rule}: its clock is wrong",
        "1 case: 0 hold, 0 fail, 1 exempt; level: silver",
    ] == said.out


def test_a_manifest_that_cannot_be_read_is_one_line(terminal: Terminal, made: Path) -> None:
    """It names the file and the key."""
    edit(made / "manifest.toml", "[limits]", "[limit]")
    said = terminal("connector", "check", f"mine/{NAME}")
    assert (1, []) == (said.code, said.out)
    [line] = said.err
    assert line.startswith(f"gateway: {made / 'manifest.toml'}: ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nobody"], "nobody: no folder with a manifest.toml, and none of amazon, easypost"),
        (["."], ".: no folder with a manifest.toml"),
        ([f"mine/{NAME}", "--rule", "be_nice"], f"{NAME} has no case of that rule and claim"),
        (["taken/easypost"], "its name is taken, by "),
        (["odd-name"], "odd-name: not a name of a connector: odd-name"),
    ],
)
def test_what_cannot_be_checked_is_one_line(
    terminal: Terminal, made: Path, tmp_path: Path, words: list[str], says: str
) -> None:
    """Exit code 2: nothing was tried."""
    for folder in ("taken/easypost", "odd-name"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "manifest.toml").write_text((made / "manifest.toml").read_text())
    said = terminal("connector", "check", *words)
    assert (2, []) == (said.code, said.out)
    [line] = said.err
    assert says in line


# list, and connectors that lie elsewhere


def listed(said: Said) -> dict[str, dict[str, object]]:
    return {row["connector"]: row for row in map(json.loads, said.out)}


def test_the_list_says_what_the_next_level_lacks(terminal: Terminal) -> None:
    """By name in the table, in full for machines."""
    rows = listed(terminal("connector", "list", "--json"))
    assert list(registry.discover()) == list(rows)
    row = rows["easypost"]
    assert ("silver", "silver", "gold") == (row["level"], row["earned"], row["next"])
    recording = "a recording from the vendor's sandbox: samples/recorded/*.json"
    assert {"recording": recording} == row["missing"]
    [line] = [one for one in terminal("connector", "list").out if one.startswith("easypost")]
    assert line.rstrip().endswith("gold: recording")


def test_connectors_of_another_folder_are_found(terminal: Terminal, made: Path) -> None:
    """By every command, as if they lay with the others."""
    rows = listed(terminal("connector", "list", "--json", GATEWAY_CONNECTORS="mine"))
    assert NAME in rows
    words = ["connection", "add", "my-shop", NAME, "url=http://127.0.0.1:9", "--env", "token=TOKEN"]
    env = {"GATEWAY_CONNECTORS": "mine", "TOKEN": "any", "WEBHOOK": "any"}
    said = terminal(*words, "--env", "webhook_secret=WEBHOOK", **env)
    assert (0, "my-shop is connected.") == (said.code, said.out[0])
    assert registry.load(NAME).__class__.__name__ == "CornerShopConnector"


def test_a_web_process_of_several_finds_them(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each begins with nothing but the environment."""
    script = f"""
import asyncio, multiprocessing
from connectors.sdk import registry
from gateway.cli import workers

async def serve(listener, stop, on_ready):
    print({NAME!r} in registry.discover())

ear, mouth = multiprocessing.Pipe()
workers._child(serve, None, mouth)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT), "GATEWAY_CONNECTORS": str(made.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("True\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("nowhere", "nowhere: not a folder"),
        ("taken", "easypost: its name is taken, by "),
        ("broken", "manifest.toml: Object missing required field"),
    ],
)
def test_a_folder_of_connectors_that_will_not_do_is_one_line(
    terminal: Terminal, tmp_path: Path, place: str, says: str
) -> None:
    """It names the variable."""
    for folder in ("taken/easypost", f"broken/{NAME}"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "manifest.toml").touch()
    said = terminal("connector", "list", GATEWAY_CONNECTORS=place)
    assert (2, []) == (said.code, said.out)
    [line] = said.err
    assert line.startswith(f"gateway: GATEWAY_CONNECTORS: {tmp_path / place}")
    assert says in line


# The page


def test_the_tutorial_is_true(terminal: Terminal, tmp_path: Path) -> None:
    """Its commands are run and its changes made, in order; each says what the page says it does."""
    for step in steps(PAGE.read_text()):
        if isinstance(step, Change):
            step.make(tmp_path)
            continue
        _unload()
        said = _run(step, terminal, tmp_path)
        is_wrong = any(line.startswith("FAIL") or " failed" in line for line in step.says)
        assert (step.line, int(is_wrong)) == (step.line, said.code)
        assert is_said(said.out, step.says), "\n".join([step.line, *said.out])
    require_order(tmp_path / "mine")


def _run(step: Command, terminal: Terminal, folder: Path) -> Said:
    """In this process where it is one of ours, in a shell where it is more."""
    program, *words = step.line.split()
    if program == "gateway":
        return terminal(*words)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        step.line, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    return Said(done.returncode, done.stdout.splitlines(), done.stderr.splitlines())


def test_the_page_lists_the_levels() -> None:
    """As the code does."""
    rows = [
        f"| {rule.level} | {rule.name.replace('_', ' ')} | {rule.why} |"
        for rule in levels.report("easypost").rules
    ]
    assert "\n".join(rows) in PAGE.read_text()


def test_what_a_page_shows_is_held_against_what_is_said() -> None:
    """Numbers of rules may differ, and what dots stand for; nothing else may."""
    shown = ["ok    pull order: 9 of 9 hold", "...", "9 cases: 9 hold, 0 fail"]
    assert is_said(["ok    pull order: 8 of 8 hold", "a", "b", "8 cases: 8 hold, 0 fail"], shown)
    assert is_said(["ok    pull order: 8 of 8 hold", "8 cases: 8 hold, 0 fail"], shown)
    assert not is_said(["ok    pull order: 8 of 8 hold", "8 cases: 7 hold, 1 fail"], shown)
    assert not is_said(["FAIL  pull order: 8 of 8 hold", "8 cases: 8 hold, 0 fail"], shown)
