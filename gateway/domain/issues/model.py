"""Issues: opened by a cause, closed by an outcome. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from gateway import ids
from gateway.events.event import Event


class Category(StrEnum):
    INVENTORY = "INVENTORY"
    ROUTING = "ROUTING"
    FULFILLMENT = "FULFILLMENT"
    CARRIER = "CARRIER"
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    RETURN = "RETURN"
    DATA_MAPPING = "DATA_MAPPING"
    SYNC = "SYNC"
    PROMISE = "PROMISE"
    FRAUD = "FRAUD"
    CUSTOMER = "CUSTOMER"


class Severity(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class IssueStatus(StrEnum):
    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    IN_PROGRESS = "IN_PROGRESS"
    RESOLVED = "RESOLVED"
    IGNORED = "IGNORED"


OPEN = (IssueStatus.OPEN, IssueStatus.ACKNOWLEDGED, IssueStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What is wrong: ``Cause(code="UNMAPPED_SKU", key="shop-us/TEE-XX", ...)``.

    One issue a (*code*, *key*): the same cause again is the same issue. *subject* is the noun that
    people open to see it; *message* says who must do what, and holds nobody's data.
    """

    code: str
    key: str
    category: Category
    severity: Severity
    message: str
    subject: str | None = None
    order_id: str | None = None
    connection: str | None = None

    @property
    def issue_id(self) -> str:
        return ids.derive(ids.EXCEPTION, self.code, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    id: str
    version: int
    cause: Cause
    status: IssueStatus
    opened_at: datetime
    updated_at: datetime
    occurrences: int = 1
    resolved_at: datetime | None = None
    resolution: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


def open_or_reopen(held: Issue | None, cause: Cause, now: datetime) -> Issue | None:
    """Return the issue of *cause* as it is to be kept; None when it is open already."""
    if held is None:
        return Issue(
            id=cause.issue_id,
            version=1,
            cause=cause,
            status=IssueStatus.OPEN,
            opened_at=now,
            updated_at=now,
        )
    if held.is_open or held.status is IssueStatus.IGNORED:
        return None
    return replace(
        held,
        version=held.version + 1,
        cause=cause,
        status=IssueStatus.OPEN,
        updated_at=now,
        occurrences=held.occurrences + 1,
        resolved_at=None,
        resolution=None,
    )


def resolve(held: Issue, resolution: str, now: datetime) -> Issue:
    """Close an open issue by its outcome."""
    return replace(
        held,
        version=held.version + 1,
        status=IssueStatus.RESOLVED,
        updated_at=now,
        resolved_at=now,
        resolution=resolution,
    )


def event(issue: Issue) -> Event:
    """``exception.raised`` or ``exception.resolved``."""
    return Event(
        type="exception.raised" if issue.is_open else "exception.resolved",
        subject=issue.id,
        sequence=issue.version,
        occurred_at=issue.updated_at,
        related=tuple(one for one in (issue.cause.order_id, issue.cause.subject) if one),
        connection=issue.cause.connection,
        data={"code": issue.cause.code, "status": issue.status},
    )
