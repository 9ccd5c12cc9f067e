"""Admission: may this caller run this operation now? Whoever is refused has run nothing.

In order: the document (its size, its weight, the schema), the variables, introspection, scopes,
what it may cost, and last the caller's budget, from which it is paid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationType

from gateway.auth.principal import Principal
from gateway.errors import TooCostly
from gateway.execution.document import Document, Documents, RequestError
from gateway.execution.limits import variables
from gateway.execution.limits.cost import OPERATION
from gateway.execution.limits.refusal import refused, require_at_most
from gateway.execution.limits.throttle import (
    Balance,
    LocalThrottle,
    Throttle,
    budget_of,
    caller_of,
)
from gateway.execution.limits.weigh import MOST_COUNTED
from gateway.execution.validate import MAX_ERRORS
from gateway.settings.limits import Limits

READ_CHARACTERS = 20
"""Characters of a document that are read for a point, once: to parse and validate takes as long as
to run. Without it, whoever sends ever new documents that are refused would pay for nothing."""


class Request(Protocol):
    """What is asked for, as a transport read it."""

    @property
    def query(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def variables(self) -> Mapping[str, Any]: ...


class Caller(Protocol):
    """Who asks. *peer*: the address, where it is known. *charge*: what it cost, once admitted."""

    principal: Principal
    peer: str | None
    charge: "Charge | None"


@dataclass(slots=True, kw_only=True)
class Charge:
    """What an operation has cost its caller. Units: points."""

    caller: str
    requested: int
    balance: Balance
    throttle: Throttle
    actual: int | None = None
    """None until it is known: then it counts as *requested*."""

    def settle(self, objects: int) -> None:
        """Give back what was not needed: the answer has *objects*."""
        self.actual = OPERATION + objects
        unused = self.requested - self.actual
        self.balance = Balance(
            budget=self.balance.budget, available=self.balance.available + unused
        )
        self.throttle.give_back(self.caller, unused)

    def state(self) -> dict[str, Any]:
        """Return ``extensions.cost``."""
        actual = self.requested if self.actual is None else self.actual
        return self.balance.state(self.requested, actual)


class Admission:
    """Admits operations to one schema."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._throttle = throttle or LocalThrottle()
        self._documents = Documents(schema, self._limits)

    def remember(self, text: str) -> Document:
        """Return the document of *text*, whoever wrote it. Raises: RequestError."""
        return self._documents.get(text)

    async def read(self, text: str, by: Caller) -> Document:
        """Return the document of *text*; reading one that is new here is paid for, valid or not.

        Raises: RequestError, Throttled.
        """
        known = self._documents.find(text)
        if known:
            return known
        require_at_most(self._limits.max_document_characters, "document_characters", len(text))
        await self._take(len(text) // READ_CHARACTERS, by)
        return self._documents.get(text, suggest=self.may_introspect(by.principal))

    def may_introspect(self, principal: Principal) -> bool:
        """Say whether the schema, and what a name may have meant, is told to *principal*."""
        return self._limits.introspection and not principal.is_anonymous

    async def admit(self, request: Request, by: Caller) -> Document:
        """Return the document of *request*, paid for. Raises: RequestError, Throttled."""
        document = await self.read(request.query, by)
        variables.check(request.variables, self._limits)
        operation = document.operation(request.name)
        name = operation.name.value if operation.name else None
        if name in document.introspecting and not self.may_introspect(by.principal):
            raise _forbidden("the schema is not told to callers without a token", operation)
        missing = [
            error
            for scope, errors in document.scopes[name].items()
            if scope not in by.principal.scopes
            for error in errors
        ]
        if missing:
            raise RequestError(*missing[:MAX_ERRORS], status=403)
        price = document.costs[name]
        for one in price.items:
            items = one(request.variables) if callable(one) else one
            require_at_most(self._limits.max_items, "items", items, operation)
        charge = await self._charge(price.points.under(request.variables), by)
        if operation.operation is not OperationType.SUBSCRIPTION:
            by.charge = charge  # events say nothing of it: they are the same for all who follow
        return document

    async def _charge(self, points: int, by: Caller) -> Charge:
        budget = budget_of(by.principal, self._limits)
        most = min(self._limits.max_cost, budget.maximum)
        if points > most:
            raise refused(TooCostly(requested=min(points, MOST_COUNTED), maximum=most))
        return await self._take(points, by)

    async def _take(self, points: int, by: Caller) -> Charge:
        budget = budget_of(by.principal, self._limits)
        caller = caller_of(by.principal, by.peer)
        balance = await self._throttle.take(caller, budget, points)
        return Charge(caller=caller, requested=points, balance=balance, throttle=self._throttle)


def _forbidden(reason: str, node: OperationDefinitionNode) -> RequestError:
    return RequestError(GraphQLError(reason, node, extensions={"code": "FORBIDDEN"}), status=403)
