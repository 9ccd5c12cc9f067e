"""Guest links: who holds the link of an order sees that order, until it expires.

https://shop.example/track?token=<OrderLinks.mint(order_id, timedelta(days=90))>
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gateway.auth import tokens
from gateway.auth.principal import Principal, guest
from gateway.clock import Clock, moment
from gateway.errors import Unauthenticated

PURPOSE: Final = "order links"
"""Which keys of `Settings.keys` sign them: a link is no access token, nor the reverse."""
AUDIENCE: Final = "order-link"


@dataclass(frozen=True, slots=True)
class OrderLinks:
    """Mints and opens. *keys*: the current one first, former ones still open."""

    keys: Sequence[bytes]
    clock: Clock

    def mint(self, order_id: str, lifetime: timedelta) -> str:
        """Return the token of a link to one order. It names the order's id and nobody."""
        now = self.clock()
        payload = {
            "iss": tokens.ISSUER,
            "aud": AUDIENCE,
            "sub": order_id,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        return tokens.sign(payload, self.keys[0])

    def open(self, token: str) -> Principal:
        """Return the guest who holds *token*. Raises: Unauthenticated."""
        payload = tokens.payload_of(token, self.keys, AUDIENCE)
        expires_at = moment(int(payload["exp"]) * 1_000_000)
        if self.clock() >= expires_at:
            raise Unauthenticated("the link has expired")
        return guest(payload["sub"], expires_at=expires_at)
