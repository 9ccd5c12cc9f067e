"""Principals: who calls. Made by `gateway.auth.authenticate` only."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gateway.auth.scopes import Role, Scope
from gateway.errors import Forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever calls, as their credential proves them.

    An empty set of locations or channels is none of them, never all; only AGENT and ADMIN look
    across. *order_id* is set for a guest, who sees that one order.
    """

    role: Role
    subject: str
    """Names them in the audit trail: ``"ada@idp"``, ``"key_4r7…"``."""
    scopes: frozenset[Scope] = frozenset()
    customer_id: str | None = None
    location_ids: frozenset[str] = frozenset()
    channel_ids: frozenset[str] = frozenset()
    order_id: str | None = None
    credential: str | None = None
    """The id of the API key or token that proved them, for `Authenticator.recheck`."""
    expires_at: datetime | None = None

    @property
    def is_anonymous(self) -> bool:
        """True for who showed nothing."""
        return self == ANONYMOUS

    @property
    def is_guest(self) -> bool:
        """True for the holder of an order's link."""
        return self.order_id is not None

    @property
    def sees(self) -> tuple[object, ...]:
        """What decides about what they see: two who have it alike see the same."""
        return (
            self.role,
            self.scopes,
            self.customer_id,
            self.location_ids,
            self.channel_ids,
            self.order_id,
        )

    def renews(self, former: "Principal") -> bool:
        """Say whether this is *former* by another credential: the same caller with the same rows,
        and no scope less."""
        same = replace(
            self,
            scopes=former.scopes,
            credential=former.credential,
            expires_at=former.expires_at,
        )
        return same == former and former.scopes <= self.scopes

    def may(self, scope: Scope) -> bool:
        """Say whether *scope* is theirs."""
        return scope in self.scopes

    def require(self, scope: Scope) -> None:
        """Raise Forbidden, naming *scope*, unless it is theirs."""
        if scope not in self.scopes:
            raise Forbidden(f"needs the scope {scope}")


ANONYMOUS: Final = Principal(role=Role.SHOPPER, subject="anonymous")
"""No scope, no row. What a guest's link adds is in `gateway.auth.links`."""


def guest(order_id: str, *, expires_at: datetime) -> Principal:
    """Return the principal that holds the link of one order."""
    return Principal(
        role=Role.SHOPPER,
        subject=f"guest:{order_id}",
        scopes=frozenset({Scope.ORDERS_READ, Scope.RETURNS_READ}),
        order_id=order_id,
        expires_at=expires_at,
    )
