"""Whether a pull keeps what it has handed out: read off its source."""

import ast
from collections.abc import Iterator, Mapping

Function = ast.FunctionDef | ast.AsyncFunctionDef
Place = tuple[str, Function]
_GROWS = ("append", "appendleft", "extend", "add", "update", "insert", "setdefault")


def collecting(trees: Mapping[str, ast.Module]) -> list[str]:
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
    collections = _collections(function)
    for node in _own(function):
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp):
            if any(one.is_async for one in node.generators):
                yield node.lineno, "collects what comes page by page"
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While) and _is_paging(node):
            for name in _outgrown(node, collections):
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


def _outgrown(loop: ast.AST, collections: set[str]) -> Iterator[str]:
    """What grows within the loop, and is not made anew in each turn of it."""
    own = list(_own(loop))
    again = {id(target) for node in own for target in _added_to(node)}
    fresh = {
        one.id
        for one in own
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and id(one) not in again
    }
    for node in own:
        grown = [one for one in _added_to(node) if ast.unparse(one) in collections]
        match node:
            case ast.Call(func=ast.Attribute(value=held, attr=method)) if method in _GROWS:
                grown.append(held)
        for held in grown:
            name = ast.unparse(held)
            if name.partition(".")[0] not in fresh:
                yield name


def _added_to(node: ast.AST) -> list[ast.expr]:
    """Targets of ``found += page``, ``found = found + page`` and ``found = [*found, page]``."""
    match node:
        case ast.AugAssign(target=target, op=ast.Add() | ast.BitOr()):
            return [target]
        case ast.Assign(targets=[ast.Name(id=name) as target], value=value):
            used = {one.id for one in ast.walk(value) if isinstance(one, ast.Name)}
            return [target] if name in used else []
    return []


def _collections(function: Function) -> set[str]:
    """Names that the function first gives to something that can grow."""
    found = set()
    for node in _own(function):
        match node:
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ) if _is_collection(value):
                found.add(ast.unparse(target))
    return found


def _is_collection(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in ("list", "set", "dict", "deque", "defaultdict", "tuple")
    return isinstance(
        value, ast.List | ast.Set | ast.Dict | ast.Tuple | ast.ListComp | ast.SetComp | ast.DictComp
    )
