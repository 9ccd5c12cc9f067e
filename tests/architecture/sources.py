"""The sources, read once: what the rules here are held against."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("gateway", "resolvers", "connectors")
CODE = (*PRODUCT, "tests", "benchmarks")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One file of Python."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def is_test(self) -> bool:
        return self.path.stem.startswith("test_") or "tests" in self.path.parts

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Return the modules under *folders*."""
    paths = (path for folder in folders for path in sorted(kept()) if ROOT / folder in path.parents)
    return tuple(_read(path) for path in paths if path.suffix == ".py")


@cache
def kept() -> tuple[Path, ...]:
    """Return every file of the repository that git keeps, or would if it were added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def _read(path: Path) -> Module:
    text = path.read_text()
    return Module(path=path, text=text, tree=ast.parse(text))
