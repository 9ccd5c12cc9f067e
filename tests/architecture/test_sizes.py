"""Sizes, held for the product; for tests those of modules and functions.

A docstring is not counted to its function, nor `self` and `cls` to the parameters. Parameters that
are a public surface (GraphQL arguments, options of a command) are not counted either: that surface
is decided elsewhere. Nesting counts what branches, repeats or catches: a `with` does not, an `elif`
is no deeper than its `if`, a `case` no deeper than its `match`.
"""

import ast
from collections import Counter
from pathlib import Path

from tests.architecture.sources import CODE, PRODUCT, ROOT, Function, modules

MODULE_LINES = 400
FUNCTION_LINES = 50
PARAMETERS = 5
NESTING = 3
FILES_A_FOLDER = 12
"""Modules that are no tests, `__init__.py` apart."""

VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core"}
SURFACES = {"strawberry", "field", "mutation", "subscription"}
"""Decorators under which parameters are somebody's arguments; options of a command are annotated
with typer's."""

Block = ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try | ast.Match


def lines(function: Function) -> int:
    """Return the lines from `def` to the last, without the docstring."""
    first = function.body[0]
    has_docstring = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def parameters(function: Function) -> int:
    """Return how many parameters a caller gives; 0 for a public surface."""
    if any(words_of(one) & SURFACES for one in function.decorator_list):
        return 0
    given = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    if any(one.annotation and "typer" in words_of(one.annotation) for one in given):
        return 0
    return sum(one.arg not in ("self", "cls") for one in given)


def words_of(node: ast.AST) -> set[str]:
    """Return every name and attribute that *node* mentions."""
    parts = list(ast.walk(node))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    return names | {part.attr for part in parts if isinstance(part, ast.Attribute)}


def nesting(node: ast.AST, depth: int = 0) -> int:
    """Return how deep blocks lie in blocks below *node*; a function within begins anew."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.Lambda):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        inner = depth + (isinstance(child, Block) and not is_elif)
        deepest = max(deepest, nesting(child, inner))
    return deepest


def test_modules_are_short() -> None:
    """At most 400 lines."""
    long = {
        one.name: count
        for one in modules(*CODE)
        if (count := len(one.text.splitlines())) > MODULE_LINES
    }
    assert long == {}


def test_functions_are_short() -> None:
    """At most 50 lines."""
    long = {
        f"{one.name}:{function.lineno} {function.name}": count
        for one in modules(*CODE)
        for function in one.functions()
        if (count := lines(function)) > FUNCTION_LINES
    }
    assert long == {}


def test_functions_take_few_parameters() -> None:
    """At most 5: beyond it a frozen dataclass."""
    many = {
        f"{one.name}:{function.lineno} {function.name}": count
        for one in modules(*PRODUCT)
        if not one.is_test
        for function in one.functions()
        if (count := parameters(function)) > PARAMETERS
    }
    assert many == {}


def test_blocks_are_not_deep() -> None:
    """At most 3 in each other."""
    deep = {
        f"{one.name}:{function.lineno} {function.name}": depth
        for one in modules(*PRODUCT)
        for function in one.functions()
        if (depth := nesting(function)) > NESTING
    }
    assert deep == {}


def test_folders_hold_few_modules() -> None:
    """At most 12."""
    held = Counter(
        str(one.path.parent.relative_to(ROOT))
        for one in modules(*PRODUCT)
        if one.path.name != "__init__.py" and not one.path.stem.startswith("test_")
    )
    assert {folder: count for folder, count in held.items() if count > FILES_A_FOLDER} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    """Split by noun or by stage."""
    parts = {
        one.name for one in modules(*CODE) if VAGUE & set(Path(one.name).with_suffix("").parts)
    }
    assert parts == set()


LONG = '''
def long(self, a, b, *, c, d, e, f):
    """Two
    lines."""
    if a:
        for b in c:
            with d:
                try:
                    while e: pass
                finally: pass
    elif e: pass
    elif f: pass
'''
SURFACE = """
@strawberry.field
def orders(self, first, after, last, before, filter, sort): pass
def list(a: Annotated[int, typer.Option()], b, c, d, e, f): pass
"""


def test_the_rules_can_tell() -> None:
    """The measures, on a function that breaks each, and on one that need not keep the third."""
    [function] = ast.parse(LONG).body
    assert isinstance(function, ast.FunctionDef)
    assert (lines(function), parameters(function), nesting(function)) == (9, 6, 4)
    free = [one for one in ast.parse(SURFACE).body if isinstance(one, ast.FunctionDef)]
    assert [parameters(one) for one in free] == [0, 0]
