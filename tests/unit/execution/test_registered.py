"""Documents that are named instead of sent: persisted by who sends them first, or trusted."""

import hashlib

import pytest
from graphql import GraphQLError

from gateway.execution.document import RequestError
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


def require_valid(text: str) -> None:
    if text == INVALID:
        raise RequestError(GraphQLError("nothing"))


def registry(*, trusted_only: bool = False, max_bytes: int = 10_000) -> Registry:
    trusted = {"web-1": DOCUMENT, sha256(OTHER): OTHER} if trusted_only else {}
    return Registry(require_valid, trusted, trusted_only=trusted_only, max_bytes=max_bytes)


def refusal(of: Registry, asked: Asked) -> tuple[str, str, int]:
    with pytest.raises(RequestError) as raised:
        of.operation(asked)
    [error] = raised.value.errors
    assert error.extensions
    return error.message, error.extensions["code"], raised.value.status


NOT_FOUND = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 400)
MISMATCH = ("provided sha does not match query", "PERSISTED_QUERY_HASH_MISMATCH", 400)
NOT_TRUSTED = ("only registered documents run here", "DOCUMENT_NOT_TRUSTED", 403)


def test_what_was_sent_with_its_hash_is_known_by_it() -> None:
    """In either spelling of the hash, with the variables and name of the new request."""
    known = registry()
    assert NOT_FOUND == refusal(known, named(sha256(DOCUMENT)))
    assert DOCUMENT == known.operation(persist(DOCUMENT)).query
    for id in (sha256(DOCUMENT), sha256(DOCUMENT).upper(), f"sha256:{sha256(DOCUMENT)}"):
        asked = Asked(query=None, id=id, name="A", variables={"x": 1})
        found = known.operation(asked)
        assert (DOCUMENT, "A", {"x": 1}) == (found.query, found.name, found.variables)


def test_a_hash_of_another_document_is_refused() -> None:
    """Nothing is kept under it: nobody can have others run what they did not name."""
    known = registry()
    assert MISMATCH == refusal(known, persist(DOCUMENT, sha256(OTHER)))
    assert NOT_FOUND == refusal(known, named(sha256(OTHER)))
    known.operation(persist(OTHER))
    assert MISMATCH == refusal(known, persist(DOCUMENT, sha256(OTHER)))
    assert OTHER == known.operation(named(sha256(OTHER))).query


def test_what_is_not_valid_is_not_kept() -> None:
    """It goes on to be refused with the reasons, and takes no room."""
    known = registry()
    assert INVALID == known.operation(persist(INVALID)).query
    assert NOT_FOUND == refusal(known, named(sha256(INVALID)))


def test_an_id_beside_a_document_persists_nothing() -> None:
    """Only a hash that is said to be one can be checked."""
    known = registry()
    assert DOCUMENT == known.operation(Asked(query=DOCUMENT, id=sha256(DOCUMENT))).query
    assert NOT_FOUND == refusal(known, named(sha256(DOCUMENT)))


def test_what_was_not_used_for_longest_makes_room() -> None:
    """The bytes of all documents are bounded."""
    documents = [f"{{ a{number} }}" for number in range(3)]
    known = registry(max_bytes=2 * (len(documents[0]) + OVERHEAD_BYTES))
    known.operation(persist(documents[0]))
    known.operation(persist(documents[1]))
    known.operation(named(sha256(documents[0])))
    known.operation(persist(documents[2]))
    assert NOT_FOUND == refusal(known, named(sha256(documents[1])))
    kept = [known.operation(named(sha256(documents[number]))).query for number in (0, 2)]
    assert [documents[0], documents[2]] == kept


def test_a_document_larger_than_all_room_is_not_kept() -> None:
    """It runs, and takes nobody's place."""
    known = registry(max_bytes=OVERHEAD_BYTES + 30)
    long = f"{{ {'a ' * 100} }}"
    known.operation(persist(DOCUMENT))
    assert long == known.operation(persist(long)).query
    assert NOT_FOUND == refusal(known, named(sha256(long)))
    assert DOCUMENT == known.operation(named(sha256(DOCUMENT))).query


def test_only_trusted_documents_run_where_it_is_said_so() -> None:
    """By id or as they are, to the letter; nothing else can be persisted meanwhile."""
    known = registry(trusted_only=True)
    for asked in (
        named("web-1"),
        Asked(query=DOCUMENT),
        persist(DOCUMENT),
        Asked(query=DOCUMENT, id="anything"),
    ):
        assert DOCUMENT == known.operation(asked).query
    for asked in (named(sha256(OTHER)), named(f"sha256:{sha256(OTHER)}"), persist(OTHER)):
        assert OTHER == known.operation(asked).query
    for asked in (
        named("web-2"),
        named(""),
        named(sha256(DOCUMENT)),
        Asked(query=DOCUMENT + " "),
        persist("{ x }"),
        Asked(query="{ x }", id="web-1"),
    ):
        assert NOT_TRUSTED == refusal(known, asked)


def test_a_trusted_id_is_not_taken_by_another_document() -> None:
    """Also where others may be persisted."""
    known = Registry(require_valid, {sha256(OTHER): OTHER})
    assert MISMATCH == refusal(known, persist(DOCUMENT, sha256(OTHER)))
    assert OTHER == known.operation(named(sha256(OTHER))).query
    registered = registry(trusted_only=True)
    assert DOCUMENT == registered.operation(persist(DOCUMENT, "web-1")).query
    assert MISMATCH == refusal(registered, persist(OTHER, "web-1"))
