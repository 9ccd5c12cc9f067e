"""``gateway connector``: the kinds of systems that can be connected, and how one is added."""

import ast
import asyncio
import json
import keyword
import logging
import re
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from connectors.sdk import registry
from connectors.sdk.manifest import Manifest
from gateway.cli.words import NOT_DONE, SET_UP_WRONG, fail, out
from gateway.settings import one_line

if TYPE_CHECKING:
    from connectors.sdk.conformance import Case, Subject

MODULE = "connectors.sdk.template"
VENDOR = "Acme"
"""The template's package, and the imaginary vendor it is of: what `new` puts the new names for."""
_CONFTEST = "conftest.py"
"""Lies beside the connectors of a folder of one's own, for pytest."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def about() -> None:
    """Keep `list` a command of its own, however few there are."""


# list


def list_connectors(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the connectors: what each can do, its level, and what it lacks for the next one."""
    rows = [_row(name, manifest) for name, manifest in registry.discover().items()]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("connector", no_wrap=True)
    # What the last column names, --json says in full.
    for heading in ("kind, interface", "reads", "webhooks", "does", "level", "next"):
        table.add_column(heading)
    for row in rows:
        table.add_row(*_cells(row))
    out.print(table, soft_wrap=False)


def _row(name: str, manifest: Manifest) -> dict[str, Any]:
    from connectors.sdk.conformance import levels, subject

    webhooks = manifest.webhooks
    signed = "signed" if webhooks and webhooks.signed else "shared secret"
    earned, missing = levels.earned(subject(name))
    return {
        "connector": name,
        "kinds": list(manifest.kinds),
        "api": manifest.api,
        "reads": list(manifest.reads),
        "webhooks": signed if webhooks else "none",
        "commands": list(manifest.commands),
        "level": manifest.quality.level,
        "evidence": manifest.quality.evidence,
        "exempt": manifest.quality.exempt,
        "earned": earned,
        "next": missing[0].level if missing else None,
        "missing": {rule.name: rule.lacks for rule in missing},
    }


def _cells(row: dict[str, Any]) -> Iterator[str]:
    yield row["connector"]
    yield f"{', '.join(row['kinds'])}, {row['api']}"
    yield _listed(row["reads"])
    yield row["webhooks"]
    yield _listed(row["commands"])
    yield f"{row['level']}, by {row['evidence']}"
    yield f"{row['next']}: {_listed(row['missing'])}" if row["next"] else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


# new


def new(
    name: Annotated[str, typer.Argument(help="Letters and digits in lower case, and _.")],
    into: Annotated[
        Path | None, typer.Option(help="A folder of your own for it, outside this package.")
    ] = None,
) -> None:
    """Begin a connector: a copy of a small one, which keeps every rule of the kit."""
    folder = (into or registry.ROOT) / name
    refusal = _refusal(name, folder)
    if refusal:
        fail(f"{name}: {refusal}", SET_UP_WRONG)
    files = dict(_copies(name))
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    if into and not (into / _CONFTEST).exists():
        (into / _CONFTEST).write_text((registry.TEMPLATE / _CONFTEST).read_text())
    registry.forget()
    _tell_of(name, folder, len(files))


def _refusal(name: str, folder: Path) -> str | None:
    if not _is_name(name):
        return "not a name of a connector: letters and digits in lower case, and _"
    if name in registry.RESERVED or name in registry.folders():
        return f"the name is taken, by {registry.folders().get(name, registry.ROOT / 'sdk')}"
    return f"there is something already at {folder}" if folder.exists() else None


def _is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not keyword.iskeyword(name)


def _copies(name: str) -> Iterator[tuple[Path, str]]:
    """The template's files, under their new names and with the new names in them."""
    for path in sorted(registry.TEMPLATE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.name != _CONFTEST:
            within = path.relative_to(registry.TEMPLATE)
            text = _renamed(path.read_text(), name)
            if path.suffix == ".py":
                text = _with_imports_in_order(text)
            yield within.with_name(within.name.replace("test_template", f"test_{name}")), text


def _renamed(text: str, name: str) -> str:
    words = [word.capitalize() for word in name.split("_") if word]
    text = text.replace(MODULE, f"connectors.{name}")
    text = re.sub(rf"{VENDOR}(?=[A-Z])", "".join(words), text)  # of a class
    text = re.sub(rf"(?<=-){VENDOR}(?=-)", "-".join(words), text)  # of a header
    text = text.replace(VENDOR, " ".join(words))
    return text.replace(VENDOR.lower(), "-".join(words).lower())


def _with_imports_in_order(text: str) -> str:
    """Put imports from `connectors` where their new names belong."""
    lines = text.splitlines(keepends=True)
    imports = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("connectors.")
    ]
    if not imports:
        return text
    first, last = imports[0].lineno - 1, imports[-1].end_lineno or 0
    parts = [
        "".join(lines[node.lineno - 1 : node.end_lineno])
        for node in sorted(imports, key=lambda node: node.module or "")
    ]
    return "".join([*lines[:first], *parts, *lines[last:]])


def _tell_of(name: str, folder: Path, files: int) -> None:
    is_inside = folder.parent.resolve() == registry.ROOT
    check = name if is_inside else folder
    found = "" if is_inside else f"export GATEWAY_CONNECTORS={folder.parent.resolve()}, and "
    for line in (
        f"{folder}: {files} files, a connector of an imaginary shop. Next:",
        f"1. gateway connector check {check}: it keeps every rule. Run it after each change.",
        "2. Make it your system's, from manifest.toml on: docs/how-to/write-a-connector.md.",
        f"3. {found}gateway connection add my-shop {name} url=https://…: connect it.",
    ):
        out.print(line, markup=False)


# check


class _Verdict(StrEnum):
    HOLDS = "hold"
    FAILS = "fail"
    EXEMPT = "exempt"


def check(
    path: Annotated[str, typer.Argument(help="A connector's folder, or its name.")],
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    claim: Annotated[str, typer.Option(help="Only claims with this in their names.")] = "",
) -> None:
    """Put a connector to every rule of the kit. Exit code 1 when one does not hold."""
    from connectors.sdk import conformance

    subject = _subject(path)
    claims: dict[str, list[Case]] = {}
    for case in conformance.cases(subject):
        if rule in (None, case.rule) and claim in f"{case.claim} {case.about}":
            claims.setdefault(_claim(case), []).append(case)
    if not claims:
        fail(f"{subject.name} has no case of that rule and claim", SET_UP_WRONG)
    logging.getLogger("uvicorn.error").addFilter(_is_no_fault)
    counts = asyncio.run(_judged(claims))
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in _Verdict)
    level = subject.manifest.quality.level
    cases = "case" if counts.total() == 1 else "cases"
    out.print(f"{counts.total()} {cases}: {told}; level: {level}", markup=False)
    if counts[_Verdict.FAILS]:
        raise typer.Exit(NOT_DONE)


def _is_no_fault(record: logging.LogRecord) -> bool:
    """What a simulator raises is told; what uvicorn says of a reply that the kit has cut is not."""
    error = record.exc_info[1] if record.exc_info else None
    return "shorter than Content-Length" not in str(error)


def _subject(path: str) -> "Subject":
    """The connector of that name, or in that folder; imported, so that a slip shows at once."""
    from connectors.sdk import conformance

    try:
        subject = conformance.subject(path if path in registry.folders() else _included(path))
    except ValueError as error:
        fail(error)
    try:
        subject.connector()
    except Exception as error:  # it is in the making: whatever it raises is the finding
        fail(f"{path}: cannot be imported: {_raised(error, subject)}")
    return subject


def _included(path: str) -> str:
    """The name of the connector in the folder *path*, which the registry finds from now on."""
    folder = Path(path).resolve()
    if not (folder / "manifest.toml").is_file():
        known = ", ".join(registry.folders())
        fail(f"{path}: no folder with a manifest.toml, and none of {known}", SET_UP_WRONG)
    if not _is_name(folder.name) or folder.name in registry.RESERVED:
        fail(f"{path}: not a name of a connector: {folder.name}", SET_UP_WRONG)
    try:
        registry.include(folder.parent)
        registry.forget()
        registry.folder(folder.name)
    except (ValueError, LookupError) as error:
        fail(error, SET_UP_WRONG)
    return folder.name


def _claim(case: "Case") -> str:
    """What is claimed, by name; what is not is one line for all of it."""
    return case.claim if case.claim.startswith("no ") else f"{case.claim} {case.about}".strip()


async def _judged(claims: "dict[str, list[Case]]") -> Counter[_Verdict]:
    """Judge all cases; say of each claim how many of its rules hold, and what does not."""
    counts: Counter[_Verdict] = Counter()
    for claim, cases in claims.items():
        found = [(case, *await _verdict(case)) for case in cases]
        ours = Counter(verdict for _, verdict, _ in found)
        counts += ours
        word = "FAIL" if ours[_Verdict.FAILS] else "ok  "
        out.print(f"{word}  {claim}: {ours[_Verdict.HOLDS]} of {len(cases)} hold", markup=False)
        for case, verdict, why in found:
            if verdict is not _Verdict.HOLDS:
                about = f" ({case.about})" if case.about and case.about not in claim else ""
                said = f"{verdict}: {case.rule}{about}: {one_line(why)}"
                out.print(f"      {said}", markup=False)
    return counts


async def _verdict(case: "Case") -> tuple[_Verdict, str]:
    from connectors.sdk import conformance

    try:
        reason = await conformance.judge(case)
    except AssertionError as error:
        return _Verdict.FAILS, str(error)
    except Exception as error:  # as above
        return _Verdict.FAILS, f"{case.says} It raises {_raised(error, case.subject)}"
    return (_Verdict.EXEMPT, reason) if reason else (_Verdict.HOLDS, "")


def _raised(error: Exception, subject: "Subject") -> str:
    """An error, and the connector's own line that it comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if Path(one.filename).is_relative_to(subject.folder)]
    at = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}: {one_line(error)}{at}"
