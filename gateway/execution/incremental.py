"""Incremental delivery: an answer in several parts, for what ``@defer`` and ``@stream`` put off.

The parts come in one of two formats, as the caller asks:

    CURRENT  {"data": …, "pending": [{"id": "0", "path": […]}], "hasNext": true}
             {"incremental": [{"id": "0", "data": …}], "completed": [{"id": "0"}], "hasNext": false}
    LEGACY   {"data": …, "hasNext": true}
             {"incremental": [{"path": […], "data": …}], "hasNext": false}

Source: graphql/graphql-spec pull request 1110; the legacy one is the specification of 2022-08-24,
which Apollo's clients name ``deferSpec=20220824``.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from enum import StrEnum
from typing import Any, Protocol

import msgspec
from graphql import (
    DirectiveNode,
    DocumentNode,
    ExperimentalIncrementalExecutionResults,
    GraphQLDeferDirective,
    GraphQLStreamDirective,
    InitialIncrementalExecutionResult,
    SubsequentIncrementalExecutionResult,
    Visitor,
    visit,
)
from graphql.execution import (
    IncrementalDeferResult,
    IncrementalResult,
    IncrementalStreamResult,
    PendingResult,
)
from graphql.execution.types import CompletedResult

from gateway.execution import present

NAMES = (GraphQLDeferDirective.name, GraphQLStreamDirective.name)

Part = dict[str, Any]


class Format(StrEnum):
    """How parts are written."""

    CURRENT = "v0.2"
    LEGACY = "20220824"


class Extended(Protocol):
    """What says something beside the data."""

    def extensions(self) -> dict[str, Any]: ...


def is_used_in(document: DocumentNode) -> bool:
    """True when something of *document* may be put off: whether it is depends on variables."""
    if document.loc and not any(name in document.loc.source.body for name in NAMES):
        return False  # at once for nearly all
    finder = _Finder()
    visit(document, finder)
    return finder.has_found


class _Finder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.has_found = False

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        self.has_found = self.has_found or node.name.value in NAMES


async def parts(
    results: ExperimentalIncrementalExecutionResults, context: Extended, format: Format
) -> AsyncIterator[Part]:
    """Yield an answer's parts. Work that is under way ends when this is closed."""
    written: _Current | _Legacy = _Legacy() if format is Format.LEGACY else _Current()
    async with aclosing(results.subsequent_results) as subsequent:
        yield _extended(written.first(results.initial_result), context)
        async for result in subsequent:
            part = written.next(result)
            yield part if result.has_next else _extended(part, context)


def _extended(part: Part, context: Extended) -> Part:
    extensions = context.extensions()
    return {**part, "extensions": extensions} if extensions else part


class _Current:
    """Parts refer by id to what was announced as pending."""

    def first(self, result: InitialIncrementalExecutionResult) -> Part:
        pending = [dict(one.formatted) for one in result.pending]
        return {
            **_errors(result),
            "data": result.data,
            "pending": pending,
            "hasNext": result.has_next,
        }

    def next(self, result: SubsequentIncrementalExecutionResult) -> Part:
        pending = [dict(one.formatted) for one in result.pending or ()]
        incremental = [self._delivered(one) for one in result.incremental or ()]
        completed = [{"id": one.id, **_errors(one)} for one in result.completed or ()]
        found: Part = {"pending": pending, "incremental": incremental, "completed": completed}
        return {
            **{name: those for name, those in found.items() if those},
            "hasNext": result.has_next,
        }

    @staticmethod
    def _delivered(result: IncrementalResult) -> Part:
        part = {"id": result.id, **_errors(result)}
        if isinstance(result, IncrementalStreamResult):
            return {**part, "items": result.items}
        sub_path = {"subPath": result.sub_path} if result.sub_path else {}
        return {**part, **sub_path, "data": result.data}


class _Legacy:
    """Parts say where they belong and what their fragment is called. For that what has been
    delivered is put together here, as a client does: a list's next items follow those it has."""

    def __init__(self) -> None:
        self._data: Any = None
        self._pending: dict[str, PendingResult] = {}

    def first(self, result: InitialIncrementalExecutionResult) -> Part:
        self._data = _copied(result.data)
        self._announce(result.pending)
        return {**_errors(result), "data": result.data, "hasNext": result.has_next}

    def next(self, result: SubsequentIncrementalExecutionResult) -> Part:
        self._announce(result.pending or [])
        incremental = [self._delivered(one) for one in result.incremental or ()]
        incremental += self._failed(result.completed or [])
        return {
            **({"incremental": incremental} if incremental else {}),
            "hasNext": result.has_next,
        }

    def _announce(self, pending: list[PendingResult]) -> None:
        self._pending |= {one.id: one for one in pending}

    def _delivered(self, result: IncrementalResult) -> Part:
        pending = self._pending[result.id]
        if isinstance(result, IncrementalDeferResult):
            path = [*pending.path, *(result.sub_path or ())]
            self._at(path).update(_copied(result.data))
            return {"data": result.data, **_place(path, pending), **_errors(result)}
        held = self._at(pending.path)
        path = [*pending.path, len(held)]
        held.extend(_copied(result.items))
        return {"items": result.items, **_place(path, pending), **_errors(result)}

    def _failed(self, completed: list[CompletedResult]) -> Iterator[Part]:
        for one in completed:
            pending = self._pending.pop(one.id)
            if not one.errors:
                continue
            held = self._at(pending.path)
            if isinstance(held, list):
                yield {"items": None, **_place([*pending.path, len(held)], pending), **_errors(one)}
            else:
                yield {"data": None, **_place(pending.path, pending), **_errors(one)}

    def _at(self, path: list[str | int]) -> Any:
        found = self._data
        for key in path:
            found = found[key]
        return found


def _copied(data: Any) -> Any:
    """What is put together here is not what is written there."""
    return msgspec.to_builtins(data, enc_hook=str)


def _place(path: list[str | int], pending: PendingResult) -> Part:
    return {"path": path, **({"label": pending.label} if pending.label else {})}


def _errors(result: Any) -> Part:
    return {"errors": present.errors(result.errors)} if result.errors else {}
