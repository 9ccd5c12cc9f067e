"""Changes: what a connector reports. Mostly records; sometimes only that something moved."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.sdk.errors import Malformed
from connectors.sdk.records import Kind, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Something happened to this subject, and the message does not say what: read it again.

    A thin webhook (``{"order": {"id": "7"}}``) decodes to this; the gateway then calls
    ``fetch(kind, [external_id])`` outside any transaction and takes in what comes back.
    """

    kind: Kind
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The subject is gone at the source."""

    kind: Kind
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The system stated something that breaks its own contract: the gateway quarantines *payload*
    with *reason*, takes in everything else, and reads the subject again on command."""

    kind: Kind
    external_id: str | None
    reason: str
    payload: str


Change = Record | Touched | Removed | Unreadable


def read(
    kind: Kind, external_id: str | None, payload: str, mapping: Callable[[], list[Change]]
) -> list[Change]:
    """Return what *mapping* reads, or one Unreadable when it raises Malformed."""
    try:
        return mapping()
    except Malformed as error:
        return [Unreadable(kind=kind, external_id=external_id, reason=str(error), payload=payload)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a pull. When *changes* are durable the gateway stores *checkpoint*; a pull that
    begins with it re-reads the overlap that the manifest declares and then goes on: nothing is
    skipped, and what comes twice changes nothing.

    *total* is how many records the whole pull will give, where the system says so cheaply.
    """

    changes: tuple[Change, ...]
    checkpoint: str
    total: int | None = None
