"""Documents that are named instead of sent: those that a client registered, and those trusted.

*Trusted* documents come with a client's release (`gateway.execution.manifests`); an installation
may run nothing else. The others are *persisted* by who first sends them with their hash, and kept
while there is room: whoever names one that is gone is told to send it again.
Source: the protocol of Apollo's automatic persisted queries (Apollo Server's "Performance: APQ");
GraphQL over HTTP, appendix "Persisted Documents" (documentId).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

from gateway.execution.document import RequestError
from gateway.execution.pipeline import Operation

MAX_BYTES = 8 * 1024 * 1024
"""Of all persisted documents: some thousand of the size that clients send."""
OVERHEAD_BYTES = 300
"""What keeping one takes beside its text."""
HASHED = "sha256:"
"""Before a documentId that is a hash."""

NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
MISMATCH = "PERSISTED_QUERY_HASH_MISMATCH"
NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"


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
    """Knows documents by their ids. Concurrency: one event loop.

    *trusted*: documents by id. *trusted_only*: no other runs, whichever way it comes.
    *require_valid* raises RequestError for what could not be run: only what could is kept.
    """

    def __init__(
        self,
        require_valid: Callable[[str], object],
        trusted: Mapping[str, str] | None = None,
        *,
        trusted_only: bool = False,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._require_valid = require_valid
        self._trusted = dict(trusted or {})
        self._trusted_texts = frozenset(self._trusted.values())
        self._trusted_only = trusted_only
        self._max_bytes = max_bytes
        self._persisted: OrderedDict[str, str] = OrderedDict()
        self._bytes = 0

    def operation(self, asked: Asked) -> Operation:
        """Return the operation that is asked for. Raises: RequestError."""
        text = self._find(asked) if asked.query is None else self._take(asked.query, asked)
        return Operation(query=text, name=asked.name, variables=asked.variables)

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

    def _take(self, text: str, asked: Asked) -> str:
        if self._trusted_only and text not in self._trusted_texts:
            raise _not_trusted()
        if asked.persists and asked.id:
            self._persist(text, asked.id)
        return text

    def _persist(self, text: str, given: str) -> None:
        """Keep *text* if it is valid and there is room; if not valid, who runs it says why."""
        hash = given.lower()
        if text == (self._trusted.get(given) or self._persisted.get(hash)):
            return
        data = text.encode()
        if hashlib.sha256(data).hexdigest() != hash:
            raise _mismatch()
        size = len(data) + OVERHEAD_BYTES
        try:
            self._require_valid(text)
        except RequestError:
            return
        if size > self._max_bytes:
            return
        self._persisted[hash] = text
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, gone = self._persisted.popitem(last=False)
            self._bytes -= len(gone.encode()) + OVERHEAD_BYTES


def _not_trusted() -> RequestError:
    return _refused("only registered documents run here", NOT_TRUSTED, 403)


def _mismatch() -> RequestError:
    return _refused("provided sha does not match query", MISMATCH)


def _refused(message: str, code: str, status: int = 400) -> RequestError:
    return RequestError(GraphQLError(message, extensions={"code": code}), status=status)
