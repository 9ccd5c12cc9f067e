"""Where the values of a field come from: an attribute, a function for each parent, or one for all.

A source gives a column: one value for each parent, in their order; an exception in it is that
parent's error. Arguments and info are made once for all parents.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from operator import attrgetter
from typing import Any, Protocol

from graphql import GraphQLField, default_field_resolver
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from gateway.execution.engine.batch import batch_of

Column = list[Any]
Arguments = Callable[[], dict[str, Any]]
"""Makes the arguments that the document gives the field. Raises: GraphQLError."""


class Asked(Protocol):
    """One field as one operation asks for it. *raw_info*: what graphql-core's resolvers get."""

    raw_info: Any
    arguments: Arguments


class Source(Protocol):
    """Gives a field's column. *waits*: it is an awaitable of one."""

    waits: bool

    def column(self, parents: Sequence[Any], asked: Asked) -> Any: ...


def source_of(field: GraphQLField) -> Source | None:
    """Return where *field* gets its values; None: only graphql-core knows how to ask it."""
    declared = (field.extensions or {}).get("strawberry-definition")
    if not isinstance(declared, StrawberryField):
        return Resolver(field.resolve or default_field_resolver)
    if declared.extensions or declared.permission_classes:
        return None
    if declared.base_resolver is None:
        return Attribute(declared.python_name)
    return _of_resolver(declared, declared.base_resolver)


def _of_resolver(field: StrawberryField, resolver: StrawberryResolver[Any]) -> Source:
    if together := batch_of(resolver.wrapped_func):
        return Together(field, together)
    return Apart(field, resolver)


class Attribute:
    """A plain fact of the parent."""

    waits = False

    def __init__(self, name: str) -> None:
        self._get = attrgetter(name)

    def column(self, parents: Sequence[Any], asked: Asked) -> Column:
        try:
            return list(map(self._get, parents))
        except Exception:
            return [_tried(self._get, parent) for parent in parents]


class Resolver:
    """A resolver of graphql-core's own form: ``(parent, info, **arguments)``."""

    waits = True

    def __init__(self, resolve: Callable[..., Any]) -> None:
        self._resolve = resolve

    async def column(self, parents: Sequence[Any], asked: Asked) -> Column:
        try:
            arguments = asked.arguments()
        except Exception as error:
            return [error] * len(parents)
        info = asked.raw_info
        return await _settled(
            [_tried(self._resolve, parent, info, **arguments) for parent in parents]
        )


class _Declared:
    """A field that Strawberry declares: its arguments are converted as Strawberry does."""

    def __init__(self, field: StrawberryField) -> None:
        self._field = field

    def _arguments(self, asked: Asked, info: Any) -> dict[str, Any]:
        given = asked.arguments()
        if not self._field.arguments:
            return {}
        schema = info.schema
        return convert_arguments(
            given,
            self._field.arguments,
            scalar_registry=schema.schema_converter.scalar_registry,
            config=schema.config,
            info=info,
        )

    def _info(self, asked: Asked) -> Any:
        config = asked.raw_info.schema._strawberry_schema.config
        return config.info_class(_raw_info=asked.raw_info, _field=self._field)


class Together(_Declared):
    """A batch function: one call for all parents."""

    waits = True

    def __init__(
        self, field: StrawberryField, function: Callable[..., Awaitable[Sequence[Any]]]
    ) -> None:
        super().__init__(field)
        self._function = function

    async def column(self, parents: Sequence[Any], asked: Asked) -> Column:
        info = self._info(asked)
        try:
            arguments = self._arguments(asked, info)
            values = list(await self._function(parents, info, **arguments))
            if len(values) != len(parents):
                raise TypeError(f"{len(values)} values for {len(parents)} parents")
        except Exception as error:
            return [error] * len(parents)
        return values


class Apart(_Declared):
    """A resolver of one parent, called for each."""

    def __init__(self, field: StrawberryField, resolver: StrawberryResolver[Any]) -> None:
        super().__init__(field)
        self.waits = resolver.is_async
        self._call: Any = resolver.wrapped_func
        named = resolver.self_parameter or resolver.parent_parameter or resolver.root_parameter
        self._parent = named.name if named else None
        self._by_place = named is not None and _is_first(named, resolver.signature)
        self._wants_info = resolver.info_parameter.name if resolver.info_parameter else None

    def column(self, parents: Sequence[Any], asked: Asked) -> Any:
        info = self._info(asked)
        try:
            arguments = self._arguments(asked, info)
        except Exception as error:
            found: Column = [error] * len(parents)
            return _settled(found) if self.waits else found
        if self._wants_info:
            arguments[self._wants_info] = info
        found = self._each(parents, arguments)
        return _settled(found) if self.waits else found

    def _each(self, parents: Sequence[Any], arguments: dict[str, Any]) -> Column:
        call = self._call
        if self._by_place:
            return [_tried(call, parent, **arguments) for parent in parents]
        if self._parent is None:
            return [_tried(call, **arguments) for _ in parents]
        return [_tried(call, **{self._parent: parent}, **arguments) for parent in parents]


def _is_first(parameter: inspect.Parameter, signature: inspect.Signature) -> bool:
    first = next(iter(signature.parameters.values()))
    return first.name == parameter.name and first.kind is not first.KEYWORD_ONLY


def _tried(call: Callable[..., Any], /, *given: Any, **named: Any) -> Any:
    """Call once; an exception is what it gives."""
    try:
        return call(*given, **named)
    except Exception as error:
        return error


async def _settled(column: Column) -> Column:
    """Await what can be awaited in *column*, all at once."""
    waiting = [place for place, value in enumerate(column) if inspect.isawaitable(value)]
    if len(waiting) == 1:
        column[waiting[0]] = await _caught(column[waiting[0]])
    elif waiting:
        done = await asyncio.gather(*(_caught(column[place]) for place in waiting))
        for place, value in zip(waiting, done, strict=True):
            column[place] = value
    return column


async def _caught(value: Awaitable[Any]) -> Any:
    try:
        return await value
    except Exception as error:
        return error
