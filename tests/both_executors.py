"""Every query that a test has asked, asked of both executors once more: the same answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from graphql import (
    Executor,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    experimental_execute_incrementally,
    get_variable_values,
    parse,
    validate,
)

from gateway.app import Gateway
from gateway.auth.principal import ANONYMOUS, Principal
from gateway.execution.engine.plans import Plans
from gateway.execution.engine.run import Call, run
from resolvers.context import Context
from resolvers.schema import SCHEMA

MOST_COMPARED = 20
"""Of one test: some ask the same five thousand times."""
_GRAPHQL = SCHEMA._schema
_PLANS = Plans(_GRAPHQL)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An operation that a test has sent."""

    document: str
    variables: Mapping[str, Any]
    as_: Principal | None


async def require_one_answer(
    gateway: Gateway, asked: Sequence[Asked], most: int = MOST_COMPARED
) -> int:
    """Compare what both executors answer to each valid query; return how many there were.

    What reads from a system live is left out: it would be asked once more.
    """
    compared = 0
    for one in asked[-most:]:
        operation = _query(one.document)
        if operation is None or "@freshness" in one.document:
            continue
        engine, reference = await _engine(gateway, one), await _graphql_core(gateway, one)
        if engine is None or reference is None:
            continue
        assert reference == engine, one.document
        compared += 1
    return compared


def _query(text: str) -> OperationDefinitionNode | None:
    """Return the one query of a valid document."""
    try:
        document = parse(text)
    except GraphQLError:
        return None
    if validate(_GRAPHQL, document):
        return None
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    is_one = len(found) == 1 and found[0].operation is OperationType.QUERY
    return found[0] if is_one else None


def _context(gateway: Gateway, asked: Asked) -> Context:
    return Context(services=gateway.services, principal=asked.as_ or ANONYMOUS)


async def _engine(gateway: Gateway, asked: Asked) -> Any:
    document = parse(asked.document)
    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    variables = get_variable_values(
        _GRAPHQL, operation.variable_definitions or (), dict(asked.variables)
    )
    if isinstance(variables, list):
        return None
    plan = _PLANS.get(document, operation, variables)
    assert plan is not None, "the product's schema compiles wholly"
    call = Call(context=_context(gateway, asked), variables=variables)
    outcome = await run(plan, call)
    return _shown(outcome.data, outcome.errors)


async def _graphql_core(gateway: Gateway, asked: Asked) -> Any:
    result: Any = experimental_execute_incrementally(
        _GRAPHQL,
        parse(asked.document),
        context_value=_context(gateway, asked),
        variable_values=dict(asked.variables),
        executor_class=Executor,
    )
    done = await result if hasattr(result, "__await__") else result
    return _shown(done.data, done.errors or [])


def _shown(data: Any, errors: list[GraphQLError]) -> Any:
    """An answer as a client reads it; graphql-core's errors come in the order of their fates."""
    formatted = sorted((dict(one.formatted) for one in errors), key=str)
    encoded = msgspec.json.encode({"data": data, "errors": formatted}, enc_hook=str)
    return msgspec.json.decode(encoded)
