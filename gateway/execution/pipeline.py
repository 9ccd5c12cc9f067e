"""The stages of a request, in order: document, operation, scopes, variables, run, present."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, Protocol

import msgspec
from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    experimental_execute_incrementally,
    get_variable_values,
)
from graphql.execution.values import VariableValues

from gateway.auth.principal import Principal
from gateway.execution import incremental, present
from gateway.execution.admit import Admission, Charge
from gateway.execution.document import Document, RequestError
from gateway.execution.engine.plans import Plans
from gateway.execution.engine.run import Call, Outcome, run
from gateway.execution.incremental import Format
from gateway.execution.limits.throttle import Throttle
from gateway.execution.shared import Shared
from gateway.settings.limits import Limits
from gateway.telemetry.metrics import PLANNED

_encode = msgspec.json.Encoder(enc_hook=str).encode
Response = dict[str, Any]
"""``{"data": …, "errors": […], "extensions": {…}}``, ready to be encoded. What is under ``data``
is the engine's: a row, bytes that are encoded, or graphql-core's dictionary."""
MAX_VARIABLE_ERRORS = 20
"""Of one request: more would only repeat what is wrong."""


class OperationContext(Protocol):
    """What resolvers are given, as far as execution cares."""

    principal: Principal
    peer: str | None
    """The address of the caller, where it is known."""
    charge: Charge | None
    """What the operation has cost, once it was admitted."""

    async def recheck(self) -> None:
        """Check the caller's credential again. Raises: Unauthenticated once it has ended."""

    def extensions(self) -> dict[str, Any]:
        """Return what the answer says beside its data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A request, as a transport read it."""

    query: str
    name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


class Pipeline:
    """Runs operations on one schema."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        self._schema = schema
        self._admission = Admission(schema, limits, throttle)
        self._plans = Plans(schema)
        self._shared = Shared()

    async def kind(self, operation: Operation, context: OperationContext) -> OperationType:
        """Return what kind of operation it is. Raises: RequestError, Throttled."""
        document = await self._admission.read(operation.query, context)
        return document.kind(operation.name)

    def require_valid(self, text: str) -> None:
        """Parse, weigh and validate a document, and remember it. Raises: RequestError."""
        self._admission.remember(text)

    async def run(self, operation: Operation, context: OperationContext) -> Response:
        """Run a query or a mutation. Raises: RequestError, Throttled, and then nothing has run."""
        document = await self._admission.admit(operation, context)
        node = document.operation(operation.name)
        variables = self._variables(node, operation, context.principal)
        outcome = await self._outcome(document, node, Call(context=context, variables=variables))
        is_read = node.operation is OperationType.QUERY  # what a change costs is not what it shows
        if is_read and context.charge and outcome.objects is not None:
            context.charge.settle(outcome.objects)
        return _response(outcome, context)

    def is_incremental(self, operation: Operation) -> bool:
        """True when parts of the answer may come later. Raises: RequestError."""
        return incremental.is_used_in(self._admission.remember(operation.query).node)

    async def increments(
        self, operation: Operation, context: OperationContext, format: Format
    ) -> AsyncIterator[Response]:
        """Run a query or a mutation and give its answer in parts, or in one when nothing is put
        off. Raises: RequestError before the first, and then nothing has run."""
        document = await self._admission.admit(operation, context)
        node = document.operation(operation.name)
        self._variables(node, operation, context.principal)
        PLANNED.labels("graphql-core").inc()
        result = experimental_execute_incrementally(
            self._schema,
            document.node,
            context_value=context,
            variable_values=dict(operation.variables),
            operation_name=operation.name,
        )
        done: Any = await result if isawaitable(result) else result
        if isinstance(done, ExecutionResult):
            return _alone(_response(Outcome(done.data, done.errors or []), context))
        return incremental.parts(done, context, format)

    async def subscribe(
        self, operation: Operation, context: OperationContext
    ) -> AsyncIterator[Response]:
        """Begin a subscription and give its events. Raises: RequestError before the first."""
        document = await self._admission.admit(operation, context)
        node = document.operation(operation.name)
        variables = self._variables(node, operation, context.principal)
        executor = Executor.build(
            self._schema,
            document.node,
            context_value=context,
            raw_variable_values=dict(operation.variables),
            operation_name=operation.name,
        )
        assert isinstance(executor, Executor)  # its variables are coerced above
        began = create_source_event_stream(executor)
        source = await began if isawaitable(began) else began
        if isinstance(source, ExecutionResult):
            raise RequestError(*(source.errors or [GraphQLError("cannot subscribe")]))
        wording = (id(document.node), operation.name, _encode(operation.variables))

        async def answer(payload: object) -> Response:
            async def work_out() -> tuple[object, Response]:
                call = Call(context=context, variables=variables, root=payload)
                outcome = await self._outcome(document, node, call)
                return payload, _encoded(_response(outcome, context))

            # The payload is held with its answer, so that its id stays its own.
            key = (id(payload), wording, context.principal.sees)
            _, response = await self._shared.once(key, work_out)
            return response

        return _events(source, answer)

    async def _outcome(
        self, document: Document, node: OperationDefinitionNode, call: Call
    ) -> Outcome:
        """Run a plan; what cannot be planned runs on graphql-core."""
        plan = self._plans.get(document.node, node, call.variables)
        PLANNED.labels("engine" if plan else "graphql-core").inc()
        if plan:
            return await run(plan, call)
        sources = call.variables.sources
        result = experimental_execute_incrementally(
            self._schema,
            document.node,
            root_value=call.root,
            context_value=call.context,
            variable_values={name: one.value for name, one in sources.items()},
            operation_name=node.name.value if node.name else None,
            executor_class=Executor,  # which puts nothing off; `execute` refuses the whole schema
        )
        done: Any = await result if isawaitable(result) else result
        return Outcome(done.data, done.errors or [])

    def _variables(
        self, node: OperationDefinitionNode, operation: Operation, principal: Principal
    ) -> VariableValues:
        """Coerce the variables. Raises: RequestError."""
        found = get_variable_values(
            self._schema,
            node.variable_definitions or (),
            dict(operation.variables),
            MAX_VARIABLE_ERRORS,
            hide_suggestions=not self._admission.may_introspect(principal),
        )
        if isinstance(found, list):
            raise RequestError(*found)
        return found


async def _events(
    source: AsyncIterable[Any], answer: Callable[[Any], Awaitable[Response]]
) -> AsyncIterator[Response]:
    """Give the answer to each payload of *source*; how it ends is the last."""
    try:
        async for payload in source:
            yield await answer(payload)
    except GraphQLError as error:
        yield {"errors": present.errors([error])}
    except Exception as error:  # the stream's own end: a credential, a cursor, or a bug
        located = GraphQLError(str(error), original_error=error)
        yield {"errors": present.errors([located])}
    finally:
        close = getattr(source, "aclose", None)
        if close:
            await close()


def _encoded(response: Response) -> Response:
    """Return *response* with its data encoded, to be sent to many."""
    return {**response, "data": msgspec.Raw(_encode(response["data"]))}


async def _alone(response: Response) -> AsyncIterator[Response]:
    yield response


def _response(outcome: Outcome, context: OperationContext) -> Response:
    response: Response = {}
    if outcome.errors:
        response["errors"] = present.errors(outcome.errors)
    response["data"] = outcome.data
    extensions = context.extensions()
    if extensions:
        response["extensions"] = extensions
    return response
