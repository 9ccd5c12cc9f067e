"""The engine and graphql-core: for every document and world the same answer, to the letter."""

import random
from typing import Any

import msgspec
import pytest
from graphql import (
    OperationDefinitionNode,
    execute_sync,
    get_variable_values,
    parse,
    validate,
)

from gateway.execution.engine.plans import Plans
from gateway.execution.engine.run import Call, Outcome, run
from tests.unit.execution.engine import toys
from tests.unit.execution.engine.documents import Documents
from tests.unit.execution.engine.things import World

SCHEMA = toys.schema()
ALONE = toys.alone()
RUNS, EACH = 12, 450
"""Documents: 5,400."""
VARIABLES: list[dict[str, Any]] = [
    {"no": False},
    {"no": True, "yes": False, "by": 9, "colors": ["RED", "BLUE"]},
    {"no": False, "yes": True, "by": None, "colors": "BLUE"},
]


class Context:
    """What a batch field needs of a context."""

    def __init__(self) -> None:
        self.loaders: dict[Any, Any] = {}


def shown(outcome: Any) -> Any:
    """Return an outcome as a client reads it."""
    errors = [dict(one.formatted) for one in outcome.errors or ()]
    encoded = msgspec.json.encode({"data": outcome.data, "errors": errors}, enc_hook=str)
    return msgspec.json.decode(encoded)


async def engine(plans: Plans, document: Any, variables: dict[str, Any], root: Any) -> Outcome:
    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    coerced = get_variable_values(SCHEMA, operation.variable_definitions or (), variables)
    assert not isinstance(coerced, list)
    plan = plans.get(document, operation, coerced)
    assert plan is not None
    return await run(plan, Call(context=Context(), variables=coerced, root=root))


@pytest.mark.parametrize("seed", range(RUNS))
async def test_generated_documents_are_answered_as_graphql_core_answers_them(seed: int) -> None:
    """Data, messages, locations, paths and the order of errors; a third of the worlds is sound."""
    dice = random.Random(seed)
    plans = Plans(SCHEMA)
    with_errors = 0
    for _ in range(EACH):
        text = Documents(SCHEMA, dice).query()
        document = parse(text)
        root = World(SCHEMA, dice, dice.choice([0, 0.02, 0.1])).thing("Query", 5)
        variables = dice.choice(VARIABLES)
        expected = shown(execute_sync(ALONE, document, root, variable_values=variables))
        actual = shown(await engine(plans, document, variables, root))
        assert expected == actual, text
        with_errors += bool(expected["errors"])
    assert EACH // 4 < with_errors < EACH


def test_the_generator_makes_what_it_is_for() -> None:
    """Its documents are valid, with fragments of both kinds, aliases, switches and arguments."""
    dice = random.Random(0)
    texts = [Documents(SCHEMA, dice).query() for _ in range(100)]
    assert [] == [error for text in texts for error in validate(SCHEMA, parse(text))]
    joined = "\n".join(texts)
    for word in ("... on A", "...F0", "@skip", "@include", "0: name", "by: $by", "__typename"):
        assert word in joined
