"""A schema with every shape and form of field.

Attributes are plain facts; `now` asks for one parent at once, `later` for one parent and waits,
`together` for all of them. Values are those of `things`, some of them wrong.
"""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, NewType

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from gateway.execution.engine.batch import batch

Even = NewType("Even", int)


def _even(value: Any) -> Any:
    """Serialize even numbers; zero becomes nothing, odd ones are refused."""
    if value % 2:
        raise ValueError(f"{value} is odd")
    return value or None


CONFIG = StrawberryConfig(
    scalar_map={Even: strawberry.scalar(name="Even", serialize=_even, parse_value=int)}
)


@strawberry.enum(name="Color")
class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Thing:
    """Has the attributes that *make* gives it, once each; one that is `Raised` raises."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        self._make = make
        self._facts: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._facts:
            self._facts[name] = self._make(name)
        value = self._facts[name]
        if isinstance(value, Raised):
            raise value.error
        return value

    def __repr__(self) -> str:
        return type(self).__name__


class Raised:
    """An attribute that raises *error* when it is asked for."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class ThingA(Thing):
    """An A."""


class ThingB(Thing):
    """A B."""


class Stranger(Thing):
    """Of no type of the schema."""


def now(name: str, type_: Any) -> Any:
    def one(root: strawberry.Parent[Any]) -> Any:
        return getattr(root, name)

    return strawberry.field(one, graphql_type=type_)


def later(name: str, type_: Any) -> Any:
    async def one(root: strawberry.Parent[Any]) -> Any:
        await asyncio.sleep(0)
        return getattr(root, name)

    return strawberry.field(one, graphql_type=type_)


def together(name: str, type_: Any) -> Any:
    async def all_of(parents: Sequence[Any], info: strawberry.Info) -> list[Any]:
        await asyncio.sleep(0)
        return [_got(one, name) for one in parents]

    return batch(graphql_type=type_)(all_of)


def _got(thing: Any, name: str) -> Any:
    try:
        return getattr(thing, name)
    except Exception as error:
        return error


_A = Annotated["A", strawberry.lazy("tests.unit.execution.engine.toys")]
_B = Annotated["B", strawberry.lazy("tests.unit.execution.engine.toys")]
_NAMED = Annotated["Named", strawberry.lazy("tests.unit.execution.engine.toys")]
_EITHER = Annotated[_A | _B, strawberry.union("Either")]


@strawberry.interface
class Named:
    id: strawberry.ID
    name: str
    color: Color | None
    friend: _NAMED | None = together("friend", _NAMED | None)


@strawberry.type
class B(Named):
    count: int | None
    rate: float
    half: Even | None
    a: _A | None = later("a", _A | None)
    owner: _A = together("owner", _A)

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, ThingB)


@strawberry.type
class A(Named):
    text: str | None
    number: int
    flag: bool
    price: Decimal | None
    even: Even
    words: list[str]
    grid: list[list[int] | None]
    matrix: list[list[B]] | None
    one: _B | None = together("one", _B | None)
    sure: _B = later("sure", _B)
    many: list[_B] = together("many", list[_B])
    some: list[_B] | None = now("some", list[_B] | None)
    maybe: list[_B | None] = together("maybe", list[_B | None])
    named: list[_NAMED] = now("named", list[_NAMED])
    either: _EITHER | None = together("either", _EITHER | None)
    eithers: list[_EITHER | None] | None = later("eithers", list[_EITHER | None] | None)

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, ThingA)

    @strawberry.field
    @staticmethod
    def times(
        root: strawberry.Parent[Any], by: int | None = 2, colors: list[Color] | None = None
    ) -> str:
        return f"{by} {[str(one) for one in colors or ()]}"


@strawberry.type
class Query:
    a: A
    b: B | None
    aa: list[A] | None = now("aa", list[A] | None)
    named: list[Named | None] = together("named", list[Named | None])


def schema() -> GraphQLSchema:
    """Return the schema as the engine runs it."""
    return strawberry.Schema(query=Query, types=[A, B], config=CONFIG)._schema


def alone() -> GraphQLSchema:
    """Return it as graphql-core runs it without waiting: the same fields, one by one."""
    found = schema()
    for type_ in ("Query", "A", "B"):
        for field in found.type_map[type_].fields.values():  # type: ignore[attr-defined]
            name = field.extensions["strawberry-definition"].python_name
            if name != "times":
                field.resolve = lambda root, _info, name=name: getattr(root, name)
    return found
