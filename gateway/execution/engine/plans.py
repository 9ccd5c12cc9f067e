"""Plans that were made, the latest used kept: a request looks its plan up and runs it."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues

from gateway.execution.engine.plan import NotPlanned, Plan, plan

REMEMBERED_FIELDS = 10_000
"""Fields of all plans kept together, each about 2.4 kB: some hundred real operations, 24 MB."""
_SWITCHES = frozenset({"skip", "include"})

Key = tuple[int, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Read:
    """What the directives of a document say. *switches*: the variables that leave fields out.
    The document is held, so that its id stays its own."""

    document: DocumentNode
    switches: tuple[str, ...]
    fragments: Sequence[FragmentDefinitionNode]


class Plans:
    """Makes and keeps plans of one schema. Concurrency: one event loop."""

    def __init__(self, schema: GraphQLSchema, remembered_fields: int = REMEMBERED_FIELDS) -> None:
        self._schema = schema
        self._limit = remembered_fields
        self._plans: OrderedDict[Key, tuple[Plan | None, _Read]] = OrderedDict()
        self._documents: dict[int, _Read] = {}
        self.fields = 0

    def get(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: VariableValues
    ) -> Plan | None:
        """Return the plan of *operation* of a valid *document*; None: graphql-core runs it."""
        read = self._documents.get(id(document)) or self._read(document)
        coerced = variables.coerced
        key = (id(operation), tuple([coerced.get(name) for name in read.switches]))
        held = self._plans.get(key)
        if held is None:
            held = self._keep(key, read, self._make(operation, read, variables))
        else:
            self._plans.move_to_end(key)
        return held[0]

    def _make(
        self, operation: OperationDefinitionNode, read: _Read, variables: VariableValues
    ) -> Plan | None:
        try:
            return plan(self._schema, operation, read.fragments, variables)
        except NotPlanned:
            return None

    def _keep(self, key: Key, read: _Read, made: Plan | None) -> tuple[Plan | None, _Read]:
        self._documents[id(read.document)] = read
        self._plans[key] = made, read
        self.fields += made.size if made else 1
        while self.fields > self._limit and len(self._plans) > 1:
            _, (dropped, of) = self._plans.popitem(last=False)
            self.fields -= dropped.size if dropped else 1
            if not any(other is of for _, other in self._plans.values()):
                del self._documents[id(of.document)]
        return made, read

    def _read(self, document: DocumentNode) -> _Read:
        directives = _Directives()
        visit(document, directives)
        fragments = [one for one in document.definitions if isinstance(one, FragmentDefinitionNode)]
        return _Read(document, tuple(sorted(directives.switches)), fragments)


class _Directives(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.switches: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in _SWITCHES:
            values = [one.value for one in node.arguments or ()]
            self.switches |= {one.name.value for one in values if isinstance(one, VariableNode)}
