"""What a connector's folder shows: each function names what is not there, None when it is."""

import ast
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from connectors.sdk.conformance.levels import memory
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.records import KIND_OF, Kind

UNFORGIVABLE = (
    "a_command_takes_effect_once",
    "a_lost_reply_leaves_one_effect",
    "a_command_done_again_doubles_nothing",
    "a_look_up_tells_what_happened",
    "a_look_up_in_trouble_says_so",
    "the_same_delivery_has_the_same_id",
)
"""Rules of the kit that keep effects from being lost or doubled: silver is exempt from none."""


# Bronze


def no_file(name: str, subject: Subject) -> str | None:
    return None if (subject.folder / name).exists() else name


def no_table(subject: Subject) -> str | None:
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


def no_sample(subject: Subject) -> str | None:
    expected = [one for sample in _samples(subject) for one in sample["expect"]]
    shown = {one.get("record") for one in expected if isinstance(one, dict)}
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


def no_faults(subject: Subject) -> str | None:
    """The faults of a simulator are `connectors.sdk.faults.Faults`, which has every one."""
    if any("connectors.sdk.faults" in text for text in _texts(subject, is_test=False)):
        return None
    is_run = any("mark.systems" in text for text in _texts(subject, is_test=True))
    if is_run and subject.manifest.quality.evidence == "running system":
        return None
    return "a simulator with sdk.faults.Faults, or tests that are marked systems"


def not_reconcilable(subject: Subject) -> str | None:
    reads = subject.manifest.reads
    halves = [
        f"{'fetch' if reads[kind].pull else 'pull'} of {kind}"
        for kind in (Kind.ORDER, Kind.LEVEL)
        if kind in reads and not (reads[kind].pull and reads[kind].fetch)
    ]
    return ", ".join(halves) or None


def no_source(subject: Subject) -> str | None:
    text = (subject.folder / "manifest.toml").read_text()
    section = re.search(r"(?ms)(^#[^\n]*\n)?^\[limits\]\n.*?(?=^\[|\Z)", text)
    told = section and re.search(r"#.*\w", section[0])
    return None if told else "a comment at [limits] that says where its numbers come from"


def waived(subject: Subject) -> str | None:
    exempt = subject.manifest.quality.exempt
    found = [name for name in exempt if name.partition("-")[0] in UNFORGIVABLE]
    return f"no exemption from {', '.join(found)}" if found else None


# Gold


def collects(subject: Subject) -> str | None:
    if not any(read.pull for read in subject.manifest.reads.values()):
        return None
    files = [one for one in _sources(subject, is_test=False) if not {*one.parts} & {*_STAND_INS}]
    trees = {str(path.relative_to(subject.folder)): _tree(path) for path in files}
    found = memory.collecting(trees)
    return f"pages that are not collected: {'; '.join(found)}" if found else None


def no_recording(subject: Subject) -> str | None:
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


def no_numbers(subject: Subject) -> str | None:
    path = subject.folder / "README.md"
    text = path.read_text() if path.exists() else ""
    section = re.search(r"(?ims)^##+ [^\n]*limit[^\n]*\n(.*?)(?=^##|\Z)", text)
    told = section and re.search(r"\d", section[1])
    return None if told else "numbers in README.md's section on limits"


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
