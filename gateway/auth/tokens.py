"""Tokens of the built-in issuer: JWTs signed with a key derived from the secret key.

For embedded use, operators (`gateway token`) and tests. In production shoppers and staff come with
tokens of an OpenID Connect issuer: `gateway.auth.oidc`.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import jwt
import msgspec

from gateway import ids
from gateway.auth import claims
from gateway.auth.principal import Principal
from gateway.clock import Clock
from gateway.errors import Unauthenticated

ISSUER: Final = "gateway"
AUDIENCE: Final = "gateway"
PURPOSE: Final = "access tokens"
"""Which keys of `Settings.keys` sign them."""
LONGEST = 8192
"""Characters: more than any issuer's token, less than is costly to refuse."""
REQUIRED = ("iss", "aud", "sub", "iat", "exp")

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class LocalTokens:
    """Mints and verifies. *keys*: the current one first, former ones still verify."""

    keys: Sequence[bytes]
    clock: Clock

    def mint(self, principal: Principal, lifetime: timedelta) -> str:
        """Return a token that proves *principal* for *lifetime*."""
        now = self.clock()
        payload = {
            **claims.write(principal),
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": ids.new("token"),
        }
        return sign(payload, self.keys[0])

    def verify(self, token: str) -> Principal:
        """Return whom *token* proves. Raises: Unauthenticated."""
        return claims.read(payload_of(token, self.keys, AUDIENCE), self.clock())


def sign(payload: dict[str, Any], key: bytes) -> str:
    """Return *payload* as a JWT, signed with HMAC-SHA256."""
    return jwt.encode(payload, key, algorithm="HS256")


def payload_of(token: str, keys: Sequence[bytes], audience: str) -> dict[str, Any]:
    """Return what one of *keys* signed for *audience*. Times are for the caller to check.

    Raises: Unauthenticated.
    """
    require_shape(token)
    for key in keys:
        try:
            return decoded(token, key, algorithms=["HS256"], issuer=ISSUER, audience=audience)
        except jwt.InvalidSignatureError:
            continue
    raise Unauthenticated("the token is not signed by this gateway")


def decoded(token: str, key: Any, **expected: Any) -> dict[str, Any]:
    """Decode by PyJWT: signature, algorithm, issuer, audience, required claims.

    Times are checked by `gateway.auth.claims`, against our own clock.

    Raises: Unauthenticated; jwt.InvalidSignatureError when another key may still fit.
    """
    options: Any = {"require": list(REQUIRED), "enforce_minimum_key_length": True}
    options |= dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf"), False)
    try:
        return jwt.decode(token, key, options=options, **expected)
    except jwt.InvalidSignatureError:
        raise
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise Unauthenticated("the token is not valid") from error


class _Issued(msgspec.Struct, frozen=True):
    iss: str


def issuer_of(token: str) -> str:
    """Return who a token *says* issued it, to choose whose keys to check it with; proves nothing.

    Raises: Unauthenticated when it is no JWT.
    """
    payload = require_shape(token)
    try:
        octets = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        return msgspec.json.decode(octets, type=_Issued).iss
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unauthenticated("the token is not valid") from error


def require_shape(token: str) -> str:
    """Return the payload, still encoded, of what has three parts without padding and is not long.

    One token is one text: PyJWT takes padding, and refuses base64 with spare bits or characters.

    Raises: Unauthenticated.
    """
    found = _SHAPE.fullmatch(token) if len(token) <= LONGEST else None
    if not found:
        raise Unauthenticated("not a token")
    return found[1]
