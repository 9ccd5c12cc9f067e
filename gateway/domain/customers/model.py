"""Customers and the identities they are made of. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from connectors.sdk.records import CustomerRecord
from connectors.sdk.values import Address
from gateway import ids
from gateway.domain.identity.model import Source
from gateway.errors import IllegalTransition
from gateway.events.event import Event


class Evidence(StrEnum):
    """Why an identity belongs to a customer."""

    SAME_ACCOUNT = "SAME_ACCOUNT"
    VERIFIED_EMAIL = "VERIFIED_EMAIL"
    VERIFIED_PHONE = "VERIFIED_PHONE"
    LOYALTY_ID = "LOYALTY_ID"
    PAYMENT_TOKEN = "PAYMENT_TOKEN"  # noqa: S105 (a kind of evidence)
    SAME_EMAIL_UNVERIFIED = "SAME_EMAIL_UNVERIFIED"
    MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One person as one system knows them: ``key="shop-us:42"``, or for a guest
    ``"shop-us:guest:ada@example.com"``, made from the order."""

    key: str
    source: Source
    record: CustomerRecord
    evidence: Evidence = Evidence.SAME_ACCOUNT
    confidence: float = 1.0

    @property
    def id(self) -> str:
        return identity_id(self.key)

    @property
    def email(self) -> str | None:
        """As it is compared: lower case, no space around."""
        return self.record.email.strip().lower() if self.record.email else None

    @property
    def phone(self) -> str | None:
        """As it is compared: digits only, plus sign kept."""
        digits = "".join(c for c in self.record.phone or "" if c.isdigit() or c == "+")
        return digits or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One person. What is shown comes from the best identity: an account before a guest.

    *apart*: keys of identities that staff said are somebody else's; proof does not join them again.
    """

    id: str
    version: int
    identities: tuple[Identity, ...]
    created_at: datetime
    updated_at: datetime
    merged_into: str | None = None
    apart: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(identity.key for identity in self.identities)

    @property
    def best(self) -> CustomerRecord:
        """Accounts before guests, verified before not, then the one that spoke last."""
        return max(
            (identity.record for identity in self.identities),
            key=lambda record: (not record.is_guest, record.email_verified, record.revised_at),
        )

    @property
    def email(self) -> str | None:
        return self.best.email

    @property
    def phone(self) -> str | None:
        return self.best.phone

    @property
    def first_name(self) -> str | None:
        return self.best.first_name

    @property
    def last_name(self) -> str | None:
        return self.best.last_name

    @property
    def is_guest(self) -> bool:
        return all(identity.record.is_guest for identity in self.identities)

    @property
    def addresses(self) -> tuple[Address, ...]:
        return self.best.addresses


def customer_id(key: str) -> str:
    return ids.derive(ids.CUSTOMER, key)


def identity_id(key: str) -> str:
    return ids.derive(ids.IDENTITY, key)


def begin(identity: Identity, now: datetime) -> Customer:
    """Return a customer of that one identity."""
    return Customer(
        id=customer_id(identity.key),
        version=1,
        identities=(identity,),
        created_at=now,
        updated_at=now,
    )


def with_identity(held: Customer, identity: Identity, now: datetime) -> Customer | None:
    """Return *held* with *identity* as it is now; None when that says nothing new."""
    known = {one.key: one for one in held.identities}
    before = known.get(identity.key)
    if before:
        identity = replace(identity, evidence=before.evidence, confidence=before.confidence)
        if _says_the_same(before, identity):
            return None
    known[identity.key] = identity
    return _next(held, tuple(known.values()), now)


def joined_by(identity: Identity, others: Iterable[Identity]) -> list[tuple[Identity, Evidence]]:
    """Return which of *others* are the same person as *identity*, and why.

    Only proof joins: one side must have proved the e-mail (or phone), and the other must have
    proved it too or be a guest, who cannot. An unproved account joins nothing: it is a suggestion.
    """
    found = []
    for other in others:
        if other.key == identity.key:
            continue
        if _proves(identity, other, "email"):
            found.append((other, Evidence.VERIFIED_EMAIL))
        elif _proves(identity, other, "phone"):
            found.append((other, Evidence.VERIFIED_PHONE))
    return found


def are_apart(one: Customer, other: Customer) -> bool:
    """True when staff said that these are two people."""
    return bool(one.keys & set(other.apart) or other.keys & set(one.apart))


def merge(
    customers: Sequence[Customer], evidence: Evidence, now: datetime
) -> tuple[Customer, list[Customer]]:
    """Return the one that stays (the oldest) with everyone's identities, and the others, emptied
    into it: they keep their ids, which lead to it, and can be taken apart again."""
    stays, *others = sorted(customers, key=lambda one: (one.created_at, one.id))
    return link(stays, others, evidence, now)


def link(
    stays: Customer, others: Sequence[Customer], evidence: Evidence, now: datetime
) -> tuple[Customer, list[Customer]]:
    """As `merge`, for one that is chosen to stay."""
    moved = tuple(
        replace(identity, evidence=evidence) for other in others for identity in other.identities
    )
    kept = _next(stays, stays.identities + moved, now)
    apart = {key for one in (stays, *others) for key in one.apart} - kept.keys
    return replace(kept, apart=tuple(sorted(apart))), [
        replace(other, version=other.version + 1, merged_into=stays.id, updated_at=now)
        for other in others
    ]


def alone_id(held: Customer, identity: Identity) -> str:
    """The customer that *identity* becomes by itself: the one that it was before it was joined."""
    before = customer_id(identity.key)
    return before if before != held.id else ids.derive(ids.CUSTOMER, identity.key, "apart")


def unlink(
    held: Customer, identity: Identity, before: Customer | None, now: datetime
) -> tuple[Customer, Customer]:
    """Take *identity* out of *held*; return both customers, who stay two from now on. *before* is
    the customer of `alone_id`, where there is one already.

    Raises: IllegalTransition when they have no other identity.
    """
    if len(held.identities) < 2:
        raise IllegalTransition("they have no other identity", path=("identityId",))
    rest = tuple(one for one in held.identities if one.key != identity.key)
    kept = replace(_next(held, rest, now), apart=tuple(sorted({*held.apart, identity.key})))
    alone = Customer(
        id=alone_id(held, identity),
        version=before.version + 1 if before else 1,
        identities=(replace(identity, evidence=Evidence.SAME_ACCOUNT, confidence=1.0),),
        created_at=before.created_at if before else now,
        updated_at=now,
        apart=tuple(sorted(kept.keys)),
    )
    return kept, alone


def event(held: Customer | None, customer: Customer) -> Event:
    """``customer.created``, ``.updated``, ``.linked``, ``.unlinked`` or ``.merged``."""
    if customer.merged_into:
        kind = "customer.merged"
    elif held is None:
        kind = "customer.created"
    elif len(customer.identities) > len(held.identities):
        kind = "customer.linked"
    elif held.merged_into or len(customer.identities) < len(held.identities):
        kind = "customer.unlinked"
    else:
        kind = "customer.updated"
    return Event(
        type=kind,
        subject=customer.id,
        sequence=customer.version,
        occurred_at=customer.updated_at,
        related=(customer.merged_into,) if customer.merged_into else (),
        connection=customer.identities[-1].source.connection,
    )


def _proves(one: Identity, other: Identity, what: str) -> bool:
    value = getattr(one, what)
    if not value or value != getattr(other, what):
        return False
    first = getattr(one.record, f"{what}_verified")
    second = getattr(other.record, f"{what}_verified")
    if first and second:
        return True
    return bool((first and other.record.is_guest) or (second and one.record.is_guest))


def _says_the_same(before: Identity, identity: Identity) -> bool:
    if identity.record.revised_at < before.record.revised_at:
        return True
    return before.record == replace(identity.record, revised_at=before.record.revised_at)


def _next(held: Customer, identities: tuple[Identity, ...], now: datetime) -> Customer:
    return replace(held, version=held.version + 1, identities=identities, updated_at=now)
