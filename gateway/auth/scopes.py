"""Scopes: what may be done, and which role may have which. What is in no table is denied."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """SHOPPER: their own orders. ASSOCIATE: the work and customers of their locations. AGENT: all
    customers, every look audited. PARTNER: what its key says. ADMIN: everything."""

    SHOPPER = "SHOPPER"
    ASSOCIATE = "ASSOCIATE"
    AGENT = "AGENT"
    PARTNER = "PARTNER"
    ADMIN = "ADMIN"


class Scope(StrEnum):
    """One thing that may be done; rows are limited besides, by whose they are."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    PII_READ = "pii:read"
    """Names, addresses, e-mail, phone unmasked."""
    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    AVAILABILITY_READ = "availability:read"
    """What can be sold, without how much lies where."""
    INVENTORY_READ = "inventory:read"
    INVENTORY_WRITE = "inventory:write"
    FULFILLMENT_READ = "fulfillment:read"
    FULFILLMENT_WRITE = "fulfillment:write"
    RETURNS_READ = "returns:read"
    RETURNS_WRITE = "returns:write"
    RETURNS_RECEIVE = "returns:receive"
    """Say that goods have come back: whoever has them in their hands."""
    REFUNDS_WRITE = "refunds:write"
    EXCEPTIONS_READ = "exceptions:read"
    EXCEPTIONS_WRITE = "exceptions:write"
    EVENTS_READ = "events:read"
    CONNECTIONS_READ = "connections:read"
    CONNECTIONS_WRITE = "connections:write"
    ADMIN = "admin"
    """Keys, policies, rebuilds."""


_PUBLIC = {Scope.CATALOG_READ, Scope.AVAILABILITY_READ}
_SHOPPER = _PUBLIC | {
    Scope.ORDERS_READ,
    Scope.ORDERS_WRITE,
    Scope.CUSTOMERS_READ,
    Scope.PII_READ,
    Scope.RETURNS_READ,
    Scope.RETURNS_WRITE,
}
_ASSOCIATE = _PUBLIC | {
    Scope.ORDERS_READ,
    Scope.CUSTOMERS_READ,
    Scope.PII_READ,
    Scope.INVENTORY_READ,
    Scope.INVENTORY_WRITE,
    Scope.FULFILLMENT_READ,
    Scope.FULFILLMENT_WRITE,
    Scope.RETURNS_READ,
    Scope.RETURNS_WRITE,
    Scope.RETURNS_RECEIVE,
    Scope.EXCEPTIONS_READ,
}
_AGENT = _SHOPPER | {
    Scope.CUSTOMERS_WRITE,
    Scope.INVENTORY_READ,
    Scope.FULFILLMENT_READ,
    Scope.FULFILLMENT_WRITE,
    Scope.RETURNS_RECEIVE,
    Scope.REFUNDS_WRITE,
    Scope.EXCEPTIONS_READ,
    Scope.EXCEPTIONS_WRITE,
    Scope.EVENTS_READ,
    Scope.CONNECTIONS_READ,
}
_PARTNER = _PUBLIC | {
    Scope.ORDERS_READ,
    Scope.ORDERS_WRITE,
    Scope.PII_READ,
    Scope.CATALOG_WRITE,
    Scope.INVENTORY_READ,
    Scope.INVENTORY_WRITE,
    Scope.FULFILLMENT_READ,
    Scope.FULFILLMENT_WRITE,
    Scope.RETURNS_READ,
    Scope.RETURNS_WRITE,
    Scope.RETURNS_RECEIVE,
    Scope.EVENTS_READ,
}

MOST: Mapping[Role, frozenset[Scope]] = {
    Role.SHOPPER: frozenset(_SHOPPER),
    Role.ASSOCIATE: frozenset(_ASSOCIATE),
    Role.AGENT: frozenset(_AGENT),
    Role.PARTNER: frozenset(_PARTNER),
    Role.ADMIN: frozenset(Scope),
}
"""The most that a role may have; a credential can narrow it, never widen it."""
UNASKED: Mapping[Role, frozenset[Scope]] = {**MOST, Role.PARTNER: frozenset()}
"""What a credential that names no scopes gives: to a partner, nothing."""


def granted(role: Role, asked: Iterable[str] | None) -> frozenset[Scope]:
    """Return the scopes of a credential that names *asked*; a word that is no scope gives none."""
    if asked is None:
        return UNASKED[role]
    words = frozenset(asked)
    return frozenset(scope for scope in MOST[role] if scope in words)
