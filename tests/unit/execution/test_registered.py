"""Documents that are named instead of sent: persisted by who sends them first, or trusted."""

import hashlib
from typing import Any

import pytest
from graphql import GraphQLError, OperationType

from gateway.auth.principal import ANONYMOUS
from gateway.execution.document import RequestError
from gateway.execution.pipeline import Operation, OperationContext
from gateway.execution.registered import OVERHEAD_BYTES, Asked, Registry

DOCUMENT = "{ viewer { role } }"
OTHER = "{ viewer { id } }"
INVALID = "{ nothing }"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def persist(text: str, hash: str | None = None) -> Asked:
    return Asked(query=text, id=hash or sha256(text), persists=True)


def named(id: str) -> Asked:
    return Asked(query=None, id=id)


class Nobody:
    """Who asks does not matter here."""

    principal = ANONYMOUS
    peer = charge = None

    async def recheck(self) -> None: ...

    def extensions(self) -> dict[str, Any]:
        return {}


async def kind(operation: Operation, context: OperationContext) -> OperationType:
    if operation.query == INVALID:
        raise RequestError(GraphQLError("nothing", extensions={"code": "INVALID"}))
    return OperationType.QUERY


async def read(known: Registry, asked: Asked) -> Operation:
    operation, _ = await known.read(asked, Nobody())
    return operation


def registry(*, trusted_only: bool = False, max_bytes: int = 10_000) -> Registry:
    trusted = {"web-1": DOCUMENT, sha256(OTHER): OTHER} if trusted_only else {}
    return Registry(kind, trusted, trusted_only=trusted_only, max_bytes=max_bytes)


async def refusal(of: Registry, asked: Asked) -> tuple[str, str, int]:
    with pytest.raises(RequestError) as raised:
        await read(of, asked)
    [error] = raised.value.errors
    assert error.extensions
    return error.message, error.extensions["code"], raised.value.status


NOT_FOUND = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 400)
MISMATCH = ("provided sha does not match query", "PERSISTED_QUERY_HASH_MISMATCH", 400)
NOT_TRUSTED = ("only registered documents run here", "DOCUMENT_NOT_TRUSTED", 403)


async def test_what_was_sent_with_its_hash_is_known_by_it() -> None:
    """In either spelling of the hash, with the variables and name of the new request."""
    known = registry()
    assert NOT_FOUND == await refusal(known, named(sha256(DOCUMENT)))
    assert DOCUMENT == (await read(known, persist(DOCUMENT))).query
    for id in (sha256(DOCUMENT), sha256(DOCUMENT).upper(), f"sha256:{sha256(DOCUMENT)}"):
        asked = Asked(query=None, id=id, name="A", variables={"x": 1})
        found = await read(known, asked)
        assert (DOCUMENT, "A", {"x": 1}) == (found.query, found.name, found.variables)


async def test_a_hash_of_another_document_is_refused() -> None:
    """Nothing is kept under it: nobody can have others run what they did not name."""
    known = registry()
    assert MISMATCH == await refusal(known, persist(DOCUMENT, sha256(OTHER)))
    assert NOT_FOUND == await refusal(known, named(sha256(OTHER)))
    await read(known, persist(OTHER))
    assert MISMATCH == await refusal(known, persist(DOCUMENT, sha256(OTHER)))
    assert OTHER == (await read(known, named(sha256(OTHER)))).query


async def test_what_is_not_valid_is_not_kept() -> None:
    """It is refused for its own reasons, and takes no room."""
    known = registry()
    assert ("nothing", "INVALID", 400) == await refusal(known, persist(INVALID))
    assert NOT_FOUND == await refusal(known, named(sha256(INVALID)))


async def test_an_id_beside_a_document_persists_nothing() -> None:
    """Only a hash that is said to be one can be checked."""
    known = registry()
    assert DOCUMENT == (await read(known, Asked(query=DOCUMENT, id=sha256(DOCUMENT)))).query
    assert NOT_FOUND == await refusal(known, named(sha256(DOCUMENT)))


async def test_what_was_not_used_for_longest_makes_room() -> None:
    """The bytes of all documents are bounded."""
    documents = [f"{{ a{number} }}" for number in range(3)]
    known = registry(max_bytes=2 * (len(documents[0]) + OVERHEAD_BYTES))
    await read(known, persist(documents[0]))
    await read(known, persist(documents[1]))
    await read(known, named(sha256(documents[0])))
    await read(known, persist(documents[2]))
    assert NOT_FOUND == await refusal(known, named(sha256(documents[1])))
    kept = [(await read(known, named(sha256(documents[number])))).query for number in (0, 2)]
    assert [documents[0], documents[2]] == kept


async def test_a_document_larger_than_all_room_is_not_kept() -> None:
    """It runs, and takes nobody's place."""
    known = registry(max_bytes=OVERHEAD_BYTES + 30)
    long = f"{{ {'a ' * 100} }}"
    await read(known, persist(DOCUMENT))
    assert long == (await read(known, persist(long))).query
    assert NOT_FOUND == await refusal(known, named(sha256(long)))
    assert DOCUMENT == (await read(known, named(sha256(DOCUMENT)))).query


async def test_only_trusted_documents_run_where_it_is_said_so() -> None:
    """By id or as they are, to the letter; nothing else can be persisted meanwhile."""
    known = registry(trusted_only=True)
    for asked in (
        named("web-1"),
        Asked(query=DOCUMENT),
        persist(DOCUMENT),
        Asked(query=DOCUMENT, id="anything"),
    ):
        assert DOCUMENT == (await read(known, asked)).query
    for asked in (named(sha256(OTHER)), named(f"sha256:{sha256(OTHER)}"), persist(OTHER)):
        assert OTHER == (await read(known, asked)).query
    for asked in (
        named("web-2"),
        named(""),
        named(sha256(DOCUMENT)),
        Asked(query=DOCUMENT + " "),
        persist("{ x }"),
        Asked(query="{ x }", id="web-1"),
    ):
        assert NOT_TRUSTED == await refusal(known, asked)


async def test_a_trusted_id_is_not_taken_by_another_document() -> None:
    """Also where others may be persisted."""
    known = Registry(kind, {sha256(OTHER): OTHER})
    assert MISMATCH == await refusal(known, persist(DOCUMENT, sha256(OTHER)))
    assert OTHER == (await read(known, named(sha256(OTHER)))).query
    registered = registry(trusted_only=True)
    assert DOCUMENT == (await read(registered, persist(DOCUMENT, "web-1"))).query
    assert MISMATCH == await refusal(registered, persist(OTHER, "web-1"))
