"""Worlds out of dice: values for every field of the toys, a share of them wrong."""

import random
from decimal import Decimal
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLSchema, get_named_type, is_leaf_type

from tests.unit.execution.engine.toys import Color, Raised, Stranger, Thing, ThingA, ThingB

CLASSES: dict[str, type[Thing]] = {"A": ThingA, "B": ThingB, "Query": Thing}


class Boom(Exception):
    """What the dice raise."""


class World:
    """Makes things. *wrong*: how often a value is what it should not be."""

    def __init__(self, schema: GraphQLSchema, dice: random.Random, wrong: float) -> None:
        self._schema = schema
        self._dice = dice
        self._wrong = wrong

    def thing(self, type_name: str, depth: int) -> Thing:
        """Return a thing of this type; what it has is made when it is asked for."""
        fields = self._schema.type_map[type_name].fields  # type: ignore[attr-defined]
        types = {
            field.extensions["strawberry-definition"].python_name: field.type
            for field in fields.values()
        }
        return CLASSES[type_name](lambda name: self._value(types[name], depth))

    def _value(self, type_: Any, depth: int) -> Any:
        chance = self._dice.random()
        if chance < self._wrong:
            return self._bad(depth)
        if isinstance(type_, GraphQLNonNull):
            return self._good(type_.of_type, depth)
        return None if chance > 0.9 else self._good(type_, depth)

    def _bad(self, depth: int) -> Any:
        boom = Boom(f"boom {self._dice.randrange(3)}")
        return self._dice.choice(
            [None, boom, Raised(boom), "text", 7, 2**40, [None], {"a": 1}, self._stranger(), b"x"]
        )

    def _stranger(self) -> Thing:
        return Stranger(lambda name: None)

    def _good(self, type_: Any, depth: int) -> Any:
        if isinstance(type_, GraphQLList):
            count = self._dice.randrange(4) if depth > 0 else 0
            items = [self._item(type_.of_type, depth - 1) for _ in range(count)]
            return tuple(items) if self._dice.random() < 0.2 else items
        named = get_named_type(type_)
        if is_leaf_type(named):
            return self._leaf(named.name)
        name = named.name if named.name in CLASSES else self._dice.choice("AB")
        return self.thing(name, depth - 1) if depth > 0 else None

    def _item(self, type_: Any, depth: int) -> Any:
        value = self._value(type_, depth)
        return value.error if isinstance(value, Raised) else value

    def _leaf(self, name: str) -> Any:
        return self._dice.choice(_LEAVES[name])


_LEAVES: dict[str, list[Any]] = {
    "String": ["a", 'é"\n', "", Color.RED],
    "ID": ["x1", "y", 5],
    "Int": [0, -5, 2**31 - 1, 12],
    "Float": [1.5, -0.25, 3],
    "Boolean": [True, False],
    "Color": [Color.RED, Color.BLUE, "blue"],
    "Decimal": [Decimal("1.50"), Decimal(-3)],
    "Even": [2, 4, 6, 8, 10, 0, 3],
}
