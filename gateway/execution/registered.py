"""Documents that are named instead of sent: those that a client registered, and those trusted.

*Trusted* documents come with a client's release (`gateway.execution.manifests`); an installation
may run nothing else. The others are *persisted* by who first sends them with their hash, and kept
while there is room: whoever names one that is gone is told to send it again.
Source: the protocol of Apollo's automatic persisted queries (Apollo Server's "Performance: APQ");
GraphQL over HTTP, appendix "Persisted Documents" (documentId).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError, OperationType

from gateway.execution.document import RequestError
from gateway.execution.pipeline import Operation, OperationContext

MAX_BYTES = 8 * 1024 * 1024
"""Of all persisted documents: some thousand of the size that clients send."""
OVERHEAD_BYTES = 300
"""What keeping one takes beside its text."""
HASHED = "sha256:"
"""Before a documentId that is a hash."""

NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
MISMATCH = "PERSISTED_QUERY_HASH_MISMATCH"
NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"

Kind = Callable[[Operation, OperationContext], Awaitable[OperationType]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says: a document, the *id* of one, or both.

    *persists*: the id is the document's SHA-256, under which it is to be kept.
    """

    query: str | None
    id: str | None = None
    persists: bool = False
    name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


class Registry:
    """The one way from a request to an operation. Concurrency: one event loop.

    *trusted*: documents by id. *trusted_only*: no other runs, whichever way it comes.
    *kind*: see `Pipeline.kind`; what it refuses is not kept.
    """

    def __init__(
        self,
        kind: Kind,
        trusted: Mapping[str, str] | None = None,
        *,
        trusted_only: bool = False,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._kind = kind
        self._trusted = dict(trusted or {})
        self._trusted_texts = frozenset(self._trusted.values())
        self._trusted_only = trusted_only
        self._max_bytes = max_bytes
        self._persisted: OrderedDict[str, str] = OrderedDict()
        self._bytes = 0

    async def read(
        self, asked: Asked, context: OperationContext
    ) -> tuple[Operation, OperationType]:
        """Return the operation that is asked for, and its kind. Raises: RequestError, Throttled."""
        hash = self._hash(asked)
        text = self._find(asked) if asked.query is None else asked.query
        if self._trusted_only and text not in self._trusted_texts:
            raise _not_trusted()
        operation = Operation(query=text, name=asked.name, variables=asked.variables)
        kind = await self._kind(operation, context)
        if hash:
            self._persist(hash, text)
        return operation, kind

    def _find(self, asked: Asked) -> str:
        id = (asked.id or "").removeprefix(HASHED)
        text = self._trusted.get(id)
        if text is None and self._trusted_only:
            raise _not_trusted()
        if text is None:
            text = self._persisted.get(id.lower())
        if text is None:  # its message is what clients look for
            raise _refused("PersistedQueryNotFound", NOT_FOUND)
        if id in self._persisted:
            self._persisted.move_to_end(id)
        return text

    def _hash(self, asked: Asked) -> str | None:
        """Return what the document is to be kept under, if it is new. Raises: RequestError."""
        if asked.query is None or asked.id is None or not asked.persists:
            return None
        hash = asked.id.lower()
        if asked.query == (self._trusted.get(asked.id) or self._persisted.get(hash)):
            return None
        if hashlib.sha256(asked.query.encode()).hexdigest() != hash:
            raise _refused("provided sha does not match query", MISMATCH)
        return hash

    def _persist(self, hash: str, text: str) -> None:
        """Keep *text*, and as many of the others as there is room for."""
        size = len(text.encode()) + OVERHEAD_BYTES
        if size > self._max_bytes or hash in self._persisted:
            return
        self._persisted[hash] = text
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, gone = self._persisted.popitem(last=False)
            self._bytes -= len(gone.encode()) + OVERHEAD_BYTES


def _not_trusted() -> RequestError:
    return _refused("only registered documents run here", NOT_TRUSTED, 403)


def _refused(message: str, code: str, status: int = 400) -> RequestError:
    return RequestError(GraphQLError(message, extensions={"code": code}), status=status)
