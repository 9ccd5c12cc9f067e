"""Claims: a principal as a token's payload states it. Pure.

{"sub": "ada", "role": "SHOPPER", "customer_id": "customer_…", "scope": "orders:read", "exp": …}
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from gateway.auth.principal import Principal
from gateway.auth.scopes import Role, granted
from gateway.errors import Unauthenticated

CLOCK_SKEW = timedelta(seconds=30)
"""How far an issuer's clock may run before ours."""
_NAMES = ("role", "customer_id", "location_ids", "channel_ids", "scope")


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What we read of a payload; whatever else an issuer states is of no meaning here."""

    sub: str
    role: Role
    exp: int | float
    iat: int | float
    nbf: int | float = 0
    jti: str | None = None
    scope: str | None = None
    customer_id: str | None = None
    location_ids: frozenset[str] = frozenset()
    channel_ids: frozenset[str] = frozenset()


def read(payload: Mapping[str, object], now: datetime, prefix: str = "") -> Principal:
    """Return whom a payload, whose signature has been checked, is about.

    *prefix* stands before our own claims in a foreign issuer's tokens.

    Raises: Unauthenticated when it is expired, from the future, incomplete or contradictory.
    """
    ours = {name: payload[prefix + name] for name in _NAMES if prefix + name in payload}
    standard = {name: value for name, value in payload.items() if name not in _NAMES}
    try:
        claims = msgspec.convert({**standard, **ours}, _Claims)
        _require_current(claims, now)
        expires_at = datetime.fromtimestamp(claims.exp, UTC)
    except (msgspec.ValidationError, ValueError, OverflowError, OSError) as error:
        raise Unauthenticated("the token's claims are not valid") from error
    if not claims.sub or (claims.role is Role.SHOPPER and not claims.customer_id):
        raise Unauthenticated("the token does not say whom it is about")
    return Principal(
        role=claims.role,
        subject=claims.sub,
        scopes=granted(claims.role, None if claims.scope is None else claims.scope.split()),
        customer_id=claims.customer_id,
        location_ids=claims.location_ids,
        channel_ids=claims.channel_ids,
        credential=claims.jti,
        expires_at=expires_at,
    )


def write(principal: Principal) -> dict[str, object]:
    """Return the claims that `read` makes *principal* of, without times."""
    claims: dict[str, object] = {
        "sub": principal.subject,
        "role": principal.role,
        "scope": " ".join(sorted(principal.scopes)),
        "location_ids": sorted(principal.location_ids),
        "channel_ids": sorted(principal.channel_ids),
    }
    if principal.customer_id:
        claims["customer_id"] = principal.customer_id
    return claims


def _require_current(claims: _Claims, now: datetime) -> None:
    """Raise ValueError outside of the token's time. Skew never lengthens a life."""
    latest = (now + CLOCK_SKEW).timestamp()
    if not now.timestamp() < claims.exp:
        raise ValueError("expired")
    if claims.iat > latest or claims.nbf > latest:
        raise ValueError("from the future")
