"""Levels: how far a connector can be relied on, and what its folder shows for it.

    report("easypost").earned          # "silver"
    report("easypost").missing         # what gold asks for and is not there

A level holds when its rules hold and those below it do. All of them are read off the files: that
the kit is green, on which every level rests, is for the kit to say.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from connectors.sdk.conformance.subject import Subject, subject
from connectors.sdk.records import KIND_OF, Kind

NONE = "none"
LEVELS = ("bronze", "silver", "gold")

UNFORGIVABLE = (
    "a_command_takes_effect_once",
    "a_lost_reply_leaves_one_effect",
    "a_command_done_again_doubles_nothing",
    "a_look_up_tells_what_happened",
    "a_look_up_in_trouble_says_so",
    "the_same_delivery_has_the_same_id",
)
"""Rules of the kit that keep effects from being lost or doubled: silver is exempt from none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """What one level asks for, put to one connector. *lacks*: what is not there; None: it holds."""

    level: str
    name: str
    why: str
    lacks: str | None

    @property
    def holds(self) -> bool:
        return self.lacks is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The levels of one connector. *level* is what its manifest says, `earned` what its folder
    shows."""

    name: str
    level: str
    evidence: str
    exempt: Mapping[str, str]
    rules: tuple[LevelRule, ...]

    @property
    def earned(self) -> str:
        return next((one for one in reversed(LEVELS) if not self.lacking(one)), NONE)

    @property
    def missing(self) -> tuple[LevelRule, ...]:
        """What the level after the one earned lacks; nothing at the highest."""
        return next((found for one in LEVELS if (found := self.lacking(one))), ())

    def lacking(self, level: str) -> tuple[LevelRule, ...]:
        """What is not there of all that *level* rests on."""
        wanted = LEVELS[: LEVELS.index(level) + 1]
        return tuple(rule for rule in self.rules if rule.level in wanted and not rule.holds)


def report(name: str) -> Report:
    """Return the levels of a connector, from its files. Raises: LookupError; ValueError for its
    manifest."""
    return of(subject(name))


def of(subject: Subject) -> Report:
    quality = subject.manifest.quality
    return Report(
        name=subject.name,
        level=quality.level,
        evidence=quality.evidence,
        exempt=quality.exempt,
        rules=tuple(_rules(subject, *LEVELS)),
    )


def earned(subject: Subject) -> tuple[str, tuple[LevelRule, ...]]:
    """Return the level that *subject* has earned, and what the next one lacks; what lies beyond is
    not looked at."""
    reached = NONE
    for level in LEVELS:
        lacking = tuple(rule for rule in _rules(subject, level) if not rule.holds)
        if lacking:
            return reached, lacking
        reached = level
    return reached, ()


def lacking(subject: Subject, level: str) -> tuple[LevelRule, ...]:
    """Return what is not there of all that *level* rests on."""
    wanted = LEVELS[: LEVELS.index(level) + 1]
    return tuple(rule for rule in _rules(subject, *wanted) if not rule.holds)


def _rules(subject: Subject, *levels: str) -> Iterator[LevelRule]:
    for level, name, why, check in _TABLE:
        if level in levels:
            yield LevelRule(level=level, name=name, why=why, lacks=check(subject))


# Bronze


def _no_readme(subject: Subject) -> str | None:
    return None if (subject.folder / "README.md").exists() else "README.md"


def _no_kit(subject: Subject) -> str | None:
    return None if (subject.folder / "kit.py").exists() else "kit.py, which exports KIT"


def _no_table(subject: Subject) -> str | None:
    """At the top of errors.py a dictionary, or rows, are given a name."""
    path = subject.folder / "errors.py"
    if not path.exists():
        return "errors.py"
    given = [one.value for one in _tree(path).body if isinstance(one, ast.Assign | ast.AnnAssign)]
    return None if any(map(_is_table, given)) else "a table in errors.py"


def _is_table(value: ast.expr | None) -> bool:
    match value:
        case ast.Dict(keys=rows) | ast.Tuple(elts=[ast.Call() | ast.Tuple(), *_] as rows):
            return bool(rows)
    return False


def _no_sample(subject: Subject) -> str | None:
    shown = {one.get("record") for sample in _samples(subject) for one in sample["expect"]}
    records = {kind: record.__name__ for record, kind in KIND_OF.items()}
    lacking = [kind for kind in subject.manifest.reads if records[kind] not in shown]
    return f"samples of {', '.join(lacking)}" if lacking else None


def _samples(subject: Subject, within: str = "") -> list[dict[str, Any]]:
    """The samples that are in order; of any other the kit says what is wrong with it."""
    found = []
    for name, path in subject.samples.items():
        if name.startswith(within):
            with suppress(ValueError):
                found.append(json.loads(path.read_text()))
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("expect"), list)]


# Silver


def _no_faults(subject: Subject) -> str | None:
    """The faults of a simulator are `connectors.sdk.faults.Faults`, which has every one."""
    if any("connectors.sdk.faults" in text for text in _texts(subject, is_test=False)):
        return None
    is_run = any("mark.systems" in text for text in _texts(subject, is_test=True))
    if is_run and subject.manifest.quality.evidence == "running system":
        return None
    return "a simulator with sdk.faults.Faults, or tests that are marked systems"


def _not_reconcilable(subject: Subject) -> str | None:
    reads = subject.manifest.reads
    halves = [
        f"{'fetch' if reads[kind].pull else 'pull'} of {kind}"
        for kind in (Kind.ORDER, Kind.LEVEL)
        if kind in reads and not (reads[kind].pull and reads[kind].fetch)
    ]
    return ", ".join(halves) or None


def _no_source(subject: Subject) -> str | None:
    text = (subject.folder / "manifest.toml").read_text()
    section = re.search(r"(?ms)(^#[^\n]*\n)?^\[limits\]\n.*?(?=^\[|\Z)", text)
    told = section and re.search(r"#.*\w", section[0])
    return None if told else "a comment at [limits] that says where its numbers come from"


def _waived(subject: Subject) -> str | None:
    exempt = subject.manifest.quality.exempt
    found = [name for name in exempt if name.partition("-")[0] in UNFORGIVABLE]
    return f"no exemption from {', '.join(found)}" if found else None


# Gold


def _collects(subject: Subject) -> str | None:
    if not any(read.pull for read in subject.manifest.reads.values()):
        return None
    files = [one for one in _sources(subject, is_test=False) if not {*one.parts} & {*_STAND_INS}]
    trees = {str(path.relative_to(subject.folder)): _tree(path) for path in files}
    found = _collecting(trees)
    return f"pages that are not collected: {'; '.join(found)}" if found else None


def _no_recording(subject: Subject) -> str | None:
    recorded = _samples(subject, "recorded/")
    if not recorded:
        return "a recording from the vendor's sandbox: samples/recorded/*.json"
    undated = [one for one in recorded if not _is_date(one.get("recorded"))]
    return f'"recorded": "YYYY-MM-DD" in {len(undated)} recordings' if undated else None


def _is_date(stated: object) -> bool:
    try:
        return bool(date.fromisoformat(str(stated)))
    except ValueError:
        return False


def _no_numbers(subject: Subject) -> str | None:
    path = subject.folder / "README.md"
    text = path.read_text() if path.exists() else ""
    section = re.search(r"(?ims)^##+ [^\n]*limit[^\n]*\n(.*?)(?=^##|\Z)", text)
    told = section and re.search(r"\d", section[1])
    return None if told else "numbers in README.md's section on limits"


Check = Callable[[Subject], str | None]

_TABLE: tuple[tuple[str, str, str, Check], ...] = (
    ("bronze", "readme", "Operators read it before they connect anything.", _no_readme),
    ("bronze", "kit", "Green, it has tried what is claimed: this is its author's part.", _no_kit),
    ("bronze", "error_table", "Who must act next stands in a table, not in branches.", _no_table),
    ("bronze", "samples", "Each kind is shown: what is stated, what comes of it.", _no_sample),
    ("silver", "faults", "It was seen to survive every one of them.", _no_faults),
    (
        "silver",
        "reconciliation",
        "What was missed is found, in bulk and by name.",
        _not_reconcilable,
    ),
    ("silver", "budget", "It keeps to what the system allows, and says who says so.", _no_source),
    ("silver", "no_doubt", "Nothing is lost or doubled: none of those rules is waived.", _waived),
    ("gold", "bounded_backfill", "A backfill of millions takes the memory of a page.", _collects),
    ("gold", "recording", "The system itself answered so, on a day that is known.", _no_recording),
    ("gold", "limits", "How long a backfill takes can be reckoned beforehand.", _no_numbers),
)
"""Level, what it asks for, why, and what says what is not there."""


# Files

_TESTS = ("tests", "running")
_STAND_INS = ("simulated", "simulator.py", "kit.py", "stating.py")


def _sources(subject: Subject, *, is_test: bool) -> Iterator[Path]:
    for path in sorted(subject.folder.rglob("*.py")):
        parts = path.relative_to(subject.folder).parts
        tests = bool({*parts} & {*_TESTS}) or parts[-1].startswith(("test_", "conftest"))
        if tests is is_test:
            yield path


def _texts(subject: Subject, *, is_test: bool) -> Iterator[str]:
    return (path.read_text() for path in _sources(subject, is_test=is_test))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


# Memory

Function = ast.FunctionDef | ast.AsyncFunctionDef
Place = tuple[str, Function]
_GROWS = ("append", "appendleft", "extend", "add", "update", "insert", "setdefault")


def _collecting(trees: Mapping[str, ast.Module]) -> list[str]:
    """Say where something that a pull reaches keeps page after page."""
    functions = [
        (file, node)
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    ]
    suspects = {place: found for place in functions if (found := list(_faults(place[1])))}
    reached = _reached(functions, "pull") if suspects else set()
    return [
        f"{file}:{line} {fault}"
        for (file, function), found in suspects.items()
        if function in reached
        for line, fault in found
    ]


def _faults(function: Function) -> Iterator[tuple[int, str]]:
    for node in _own(function):
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp):
            if any(one.is_async for one in node.generators):
                yield node.lineno, "collects what comes page by page"
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While) and _is_paging(node):
            for name in _outgrown(node):
                yield node.lineno, f"keeps {name} from page to page"


def _reached(functions: list[Place], begin: str) -> set[Function]:
    """Every function that *begin* may lead to: by name, so rather too many than too few."""
    by_name: dict[str, list[Function]] = {}
    for _, function in functions:
        by_name.setdefault(function.name, []).append(function)
    found: set[Function] = set()
    waiting = list(by_name.get(begin, ()))
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.add(function)
            for name in _named(function):
                waiting += by_name.get(name, ())
    return found


def _named(node: ast.AST) -> set[str]:
    parts = list(ast.walk(node))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    return names | {part.attr for part in parts if isinstance(part, ast.Attribute)}


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What is in *node*, other than functions within."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.Lambda):
            yield child
            yield from _own(child)


def _is_paging(loop: ast.For | ast.AsyncFor | ast.While) -> bool:
    """A loop that hands pages out, takes them in, or goes on asking for them."""
    own = list(_own(loop))
    return (
        isinstance(loop, ast.AsyncFor)
        or any(isinstance(one, ast.Yield | ast.YieldFrom) for one in own)
        or (isinstance(loop, ast.While) and any(isinstance(one, ast.Await) for one in own))
    )


def _outgrown(loop: ast.AST) -> Iterator[str]:
    """Names that grow within the loop and were there before it."""
    fresh = {
        one.id for one in _own(loop) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
    for node in _own(loop):
        match node:
            case ast.Call(func=ast.Attribute(value=held, attr=method)) if method in _GROWS:
                name = ast.unparse(held)
            case ast.AugAssign(target=held, value=ast.List() | ast.ListComp() | ast.Attribute()):
                name = ast.unparse(held)
            case _:
                continue
        if name.partition(".")[0] not in fresh:
            yield name
