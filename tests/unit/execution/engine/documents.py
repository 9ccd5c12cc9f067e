"""Documents out of dice: aliases, merged selections, fragments, variables, @skip and @include."""

import random
from typing import Any

from graphql import GraphQLSchema, get_named_type, is_leaf_type, is_union_type

VARIABLES = "$yes: Boolean = true, $no: Boolean!, $by: Int = 3, $colors: [Color!]"


class Documents:
    def __init__(self, schema: GraphQLSchema, dice: random.Random) -> None:
        self._schema = schema
        self._dice = dice
        self._fragments: list[str] = []

    def query(self) -> str:
        """Return the text of a query, perhaps not a valid one."""
        body = self._selection("Query", 3).replace("{ ", "{ ...Used ", 1)
        return f"query Q({VARIABLES}) {body}\n" + "\n".join([*self._fragments, _USED])

    def _selection(self, type_name: str, depth: int) -> str:
        type_: Any = self._schema.type_map[type_name]
        parts = [] if self._dice.random() < 0.8 else ["__typename"]
        if not is_union_type(type_):
            parts += self._fields(type_.fields, depth)
        parts += self._conditions(type_name, depth)
        self._dice.shuffle(parts)
        return "{ " + (" ".join(parts) or "__typename") + " }"

    def _fields(self, fields: dict[str, Any], depth: int) -> list[str]:
        parts = []
        for name, field in fields.items():
            for _ in range(self._dice.choice(_TIMES_ASKED)):
                part = self._field(name, get_named_type(field.type), depth)
                parts += [part] if part else []
        return parts

    def _field(self, name: str, named: Any, depth: int) -> str | None:
        alias = f"{name}{self._dice.randrange(2)}: " if self._dice.random() < 0.2 else ""
        arguments = ""
        if name == "times":
            which = self._dice.randrange(len(_TIMES))
            alias, arguments = f"times{which}: ", _TIMES[which]
        head = f"{alias}{name}{arguments}{self._dice.choice(_SWITCHES)}"
        if is_leaf_type(named):
            return head
        return f"{head} {self._selection(named.name, depth - 1)}" if depth > 0 else None

    def _conditions(self, type_name: str, depth: int) -> list[str]:
        return [
            self._condition(other, self._selection(other, depth - 1))
            for other in _OVERLAPS[type_name]
            if depth > 0 and self._dice.random() < 0.25
        ]

    def _condition(self, type_name: str, selection: str) -> str:
        switch = self._dice.choice(_SWITCHES)
        if self._dice.random() < 0.5:
            return f"... on {type_name}{switch} {selection}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {type_name} {selection}")
        return f"...{name}{switch}"


_TIMES = ["", "(by: 7)", "(by: $by)", "(colors: $colors)", "(colors: RED, by: null)"]
_TIMES_ASKED = [*[0] * 8, 1, 1, 1, 2]
_SWITCHES = ["", "", "", "", " @include(if: $yes)", " @skip(if: $no)", " @skip(if: $yes)"]
_OVERLAPS = {
    "Query": ["Query"],
    "A": ["Named", "Either", "A"],
    "B": ["Named", "B"],
    "Named": ["A", "B", "Either"],
    "Either": ["A", "B", "Named"],
}
_USED = """fragment Used on Query { __typename @include(if: $yes) @skip(if: $no)
  a { used: times(by: $by, colors: $colors) } }"""
"""Uses every variable, so that a query that spreads it is valid."""
