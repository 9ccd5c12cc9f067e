"""Changes: one bad record does not spoil its page."""

import pytest

from connectors.sdk import changes
from connectors.sdk.changes import Change, Removed, Touched, Unreadable
from connectors.sdk.errors import Malformed
from connectors.sdk.records import Kind


def test_what_can_be_read_is_given() -> None:
    """All that one payload states."""
    stated: list[Change] = [
        Touched(kind=Kind.ORDER, external_id="7"),
        Removed(kind=Kind.ORDER, external_id="8"),
    ]
    assert changes.read(Kind.ORDER, "7", "{}", lambda: list(stated)) == stated


def test_what_breaks_its_contract_is_set_aside() -> None:
    """With its payload, its id where there is one, and the reason."""

    def fail() -> list[changes.Change]:
        raise Malformed("$.id: not a text")

    assert changes.read(Kind.ORDER, None, '{"id": 7}', fail) == [
        Unreadable(
            kind=Kind.ORDER, external_id=None, reason="$.id: not a text", payload='{"id": 7}'
        )
    ]


def test_any_other_failure_is_a_bug_and_is_not_hidden() -> None:
    """Only Malformed is the system's fault."""

    def fail() -> list[changes.Change]:
        raise KeyError("id")

    with pytest.raises(KeyError):
        changes.read(Kind.ORDER, None, "{}", fail)
