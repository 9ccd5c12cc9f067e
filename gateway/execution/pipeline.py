"""The stages of a request, in order: document, operation, scopes, variables, run, present."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, Protocol

from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    experimental_execute_incrementally,
    subscribe,
)

from gateway.auth.principal import ANONYMOUS, Principal
from gateway.execution import incremental, present
from gateway.execution.admit import Admission, Charge
from gateway.execution.document import RequestError
from gateway.execution.incremental import Format
from gateway.execution.limits.throttle import Throttle
from gateway.settings.limits import Limits

Response = dict[str, Any]
"""``{"data": …, "errors": […], "extensions": {…}}``, ready to be encoded."""


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

    def kind(self, operation: Operation, principal: Principal = ANONYMOUS) -> OperationType:
        """Return what kind of operation it is. Raises: RequestError, in words for *principal*."""
        return self._admission.document(operation.query, principal).kind(operation.name)

    def require_valid(self, text: str) -> None:
        """Parse, weigh and validate a document, and remember it. Raises: RequestError."""
        self._admission.document(text, ANONYMOUS)

    async def run(self, operation: Operation, context: OperationContext) -> Response:
        """Run a query or a mutation. Raises: RequestError, and then nothing has run."""
        document = await self._admission.admit(operation, context)
        result = experimental_execute_incrementally(
            self._schema,
            document.node,
            context_value=context,
            variable_values=dict(operation.variables),
            operation_name=operation.name,
            executor_class=Executor,  # which puts nothing off; `execute` refuses the whole schema
        )
        done: Any = await result if isawaitable(result) else result
        if done.errors and all(error.path is None for error in done.errors):
            raise RequestError(*done.errors)  # its variables: no field has run
        return _response(done, context)

    def is_incremental(self, operation: Operation) -> bool:
        """True when parts of the answer may come later. Raises: RequestError."""
        return incremental.is_used_in(self._admission.document(operation.query, ANONYMOUS).node)

    async def increments(
        self, operation: Operation, context: OperationContext, format: Format
    ) -> AsyncIterator[Response]:
        """Run a query or a mutation and give its answer in parts, or in one when nothing is put
        off. Raises: RequestError before the first, and then nothing has run."""
        document = await self._admission.admit(operation, context)
        result = experimental_execute_incrementally(
            self._schema,
            document.node,
            context_value=context,
            variable_values=dict(operation.variables),
            operation_name=operation.name,
        )
        done: Any = await result if isawaitable(result) else result
        if not isinstance(done, ExecutionResult):
            return incremental.parts(done, context, format)
        if done.errors and all(error.path is None for error in done.errors):
            raise RequestError(*done.errors)
        return _alone(_response(done, context))

    async def subscribe(
        self, operation: Operation, context: OperationContext
    ) -> AsyncIterator[Response]:
        """Begin a subscription and give its events. Raises: RequestError before the first."""
        document = await self._admission.admit(operation, context)
        began = subscribe(
            self._schema,
            document.node,
            context_value=context,
            variable_values=dict(operation.variables),
            operation_name=operation.name,
        )
        source = await began if isawaitable(began) else began
        if isinstance(source, ExecutionResult):
            raise RequestError(*(source.errors or [GraphQLError("cannot subscribe")]))
        return self._events(source, context)

    async def _events(
        self, source: AsyncIterator[ExecutionResult], context: OperationContext
    ) -> AsyncIterator[Response]:
        try:
            async for result in source:
                yield _response(result, context)
        except GraphQLError as error:
            yield {"errors": present.errors([error])}
        except Exception as error:  # the stream's own end: a credential, a cursor, or a bug
            located = GraphQLError(str(error), original_error=error)
            yield {"errors": present.errors([located])}
        finally:
            close = getattr(source, "aclose", None)
            if close:
                await close()


async def _alone(response: Response) -> AsyncIterator[Response]:
    yield response


def _response(result: ExecutionResult, context: OperationContext) -> Response:
    response: Response = {}
    if result.errors:
        response["errors"] = present.errors(result.errors)
    response["data"] = result.data
    extensions = context.extensions()
    if extensions:
        response["extensions"] = extensions
    return response
