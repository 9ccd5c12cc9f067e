"""Authentication: an Authorization header in, a principal out.

    principal = await authenticator.authenticate(headers.get("authorization"))

Who sends no header is `ANONYMOUS` where the edge chooses to serve strangers; who sends a wrong one
is refused, never taken for a stranger.
"""

from dataclasses import dataclass

import structlog

from gateway.auth import tokens
from gateway.auth.api_keys import PREFIX, ApiKeys
from gateway.auth.oidc import OidcTokens
from gateway.auth.principal import Principal
from gateway.auth.tokens import LocalTokens
from gateway.clock import Clock
from gateway.errors import Unauthenticated

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """Every way to prove who calls."""

    local: LocalTokens
    keys: ApiKeys
    clock: Clock
    oidc: OidcTokens | None = None

    async def authenticate(self, authorization: str | None) -> Principal:
        """Return whom ``Bearer <token or API key>`` proves.

        The caller is told only that it is not valid; the log says why, and never the token.

        Raises: Unauthenticated; UpstreamUnavailable when the OpenID issuer's keys cannot be read.
        """
        try:
            return await self._proven(_credential(authorization))
        except Unauthenticated as error:
            log.info("authentication.refused", reason=str(error))
            raise Unauthenticated("the credential is missing or not valid") from None

    async def recheck(self, principal: Principal) -> None:
        """Raise Unauthenticated once *principal*'s credential has expired or was revoked: for what
        lives longer than a request."""
        if principal.expires_at is not None and self.clock() >= principal.expires_at:
            raise Unauthenticated("the credential has expired")
        id = principal.credential
        if id is not None and id.startswith("key_") and not await self.keys.is_good(id):
            raise Unauthenticated("the API key is not valid")

    async def _proven(self, credential: str) -> Principal:
        if credential.startswith(PREFIX):
            return await self.keys.verify(credential)
        issuer = tokens.issuer_of(credential)
        if issuer == tokens.ISSUER:
            return self.local.verify(credential)
        if self.oidc is not None and issuer == self.oidc.issuer.url:
            return await self.oidc.verify(credential)
        raise Unauthenticated("the token is of an issuer that is not accepted")


def _credential(authorization: str | None) -> str:
    scheme, _, credential = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated("no bearer credential")
    return credential.strip()
