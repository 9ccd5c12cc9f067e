"""Plans: what of an operation can be known before it runs.

A plan is made for an operation and for the values of the variables in its @skip and @include; it
holds, for every selection and every type that can occur there, the fields in the order of the
document, each with its source and its way of checking values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    default_field_resolver,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from gateway.execution.engine.leaves import Check, check_of
from gateway.execution.engine.sources import Resolver, Source, source_of

MAX_FIELDS = 2_000
"""Fields of one plan, every possible type counted: what is more is left to graphql-core."""


class NotPlanned(Exception):
    """Only graphql-core can run this operation."""


@dataclass(slots=True, kw_only=True)
class Planned:
    """One field of one selection. *must*: whether null is refused by the field, by an item of its
    list, by an item of that. *check* is of leaves, *types* of objects. *waits*: nobody knows how
    long it takes, so it runs beside its neighbours."""

    key: str
    order: int
    must: tuple[bool, ...]
    type: GraphQLOutputType
    parent: GraphQLObjectType
    definition: GraphQLField
    details: list[FieldDetails]
    nodes: list[FieldNode]
    source: Source
    check: Check | None = None
    types: "Types | None" = None
    waits: bool = False

    def __post_init__(self) -> None:
        self.waits = self.source.waits or (self.types is not None and self.types.waits)


@dataclass(slots=True, kw_only=True)
class Selection:
    """What is asked of one object type. *row* makes an object of the answer from the columns."""

    type: GraphQLObjectType
    fields: list[Planned] = field(default_factory=list)
    row: Callable[..., Any] = dict
    waits: bool = False

    def __post_init__(self) -> None:
        self.waits = any(one.waits for one in self.fields)
        self.row = _row([one.key for one in self.fields])


@dataclass(slots=True, kw_only=True)
class Types:
    """The object types that a field's values can be of. *of_class* is learned: the type is told by
    the Python class of a value, the same for all of that class."""

    named: Any
    selections: dict[str, Selection]
    of_class: dict[type, Selection] = field(default_factory=dict)
    waits: bool = False

    def __post_init__(self) -> None:
        self.waits = any(one.waits for one in self.selections.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A planned operation."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    root: Selection
    size: int

    @property
    def is_serial(self) -> bool:
        return self.operation.operation is OperationType.MUTATION


def plan(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Sequence[FragmentDefinitionNode],
    variables: VariableValues,
) -> Plan:
    """Plan *operation* of a valid document. Raises: NotPlanned."""
    root_type = schema.get_root_type(operation.operation)
    if root_type is None:
        raise NotPlanned
    named = {one.name.value: one for one in fragments}
    planner = _Planner(schema, operation, named, variables)
    return Plan(
        schema=schema,
        operation=operation,
        fragments=named,
        root=planner.root(root_type),
        size=planner.size,
    )


class _Planner:
    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = {name: FragmentDetails(one) for name, one in fragments.items()}
        self._variables = variables
        self.size = 0

    def root(self, type_: GraphQLObjectType) -> Selection:
        found = collect_fields(
            self._schema, self._fragments, self._variables, type_, self._operation, False
        )
        return self._selection(type_, found.grouped_field_set)

    def _selection(self, type_: GraphQLObjectType, grouped: Any) -> Selection:
        fields: list[Planned] = []
        for key, details in grouped.items():
            definition = self._schema.get_field(type_, details[0].node.name.value)
            if definition:
                fields.append(self._field(type_, key, len(fields), details, definition))
        return Selection(type=type_, fields=fields)

    def _field(
        self,
        parent: GraphQLObjectType,
        key: str,
        order: int,
        details: list[FieldDetails],
        definition: GraphQLField,
    ) -> Planned:
        self.size += 1
        source = self._source(parent, definition)
        if self.size > MAX_FIELDS or source is None:
            raise NotPlanned
        named = get_named_type(definition.type)
        is_leaf = is_leaf_type(named)
        return Planned(
            key=key,
            order=order,
            must=_must(definition.type),
            type=definition.type,
            parent=parent,
            definition=definition,
            details=details,
            nodes=[one.node for one in details],
            source=source,
            check=check_of(definition.type) if is_leaf else None,
            types=None if is_leaf else self._types(named, details),
        )

    def _source(self, parent: GraphQLObjectType, definition: GraphQLField) -> Source | None:
        if parent is self._schema.subscription_type:
            return Resolver(definition.resolve or default_field_resolver)  # of the event
        return source_of(definition)

    def _types(self, named: Any, details: list[FieldDetails]) -> Types:
        possible = self._schema.get_possible_types(named) if is_abstract_type(named) else [named]
        return Types(
            named=named, selections={one.name: self._below(one, details) for one in possible}
        )

    def _below(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> Selection:
        found = collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, type_, details, False
        )
        return self._selection(type_, found.grouped_field_set)


def _must(type_: Any) -> tuple[bool, ...]:
    """``[Item!]`` -> (False, True)."""
    levels: list[bool] = []
    while True:
        levels.append(is_non_null_type(type_))
        inner = type_.of_type if levels[-1] else type_
        if not is_list_type(inner):
            return tuple(levels)
        type_ = inner.of_type


def _row(keys: Sequence[str]) -> Callable[..., Any]:
    """Return what makes an object with these *keys* from values in their order, quickly."""
    if not keys:
        return dict
    names = [f"field{place}" for place in range(len(keys))]
    return msgspec.defstruct(
        "Row",
        [(name, Any) for name in names],
        rename=dict(zip(names, keys, strict=True)),
        gc=False,
    )
