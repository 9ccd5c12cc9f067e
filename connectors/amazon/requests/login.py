"""Login with Amazon: a refresh token gives access tokens of an hour.

Source: developer-docs.amazon.com/sp-api/docs/connecting-to-the-selling-partner-api, step 1 (a form
to the token endpoint) and step 3 (the header of every call). No request is signed since 2023.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.amazon.reading import Node
from connectors.sdk.auth import Token
from connectors.sdk.errors import Malformed, Misconfigured
from connectors.sdk.http import Request, Response

TOKEN_URL = "https://api.amazon.com/auth/o2/token"  # noqa: S105 (an address)
AGENT: Mapping[str, str] = {"user-agent": "UnifiedCommerceGateway/0.1 (Language=Python)"}
"""Amazon refuses requests that do not say whose they are (the same page, step 2)."""
LONGEST_LIFE_S = 86_400
"""A token is good for an hour; what claims more than a day is not believed."""

__all__ = ["AGENT", "TOKEN_URL", "Credentials", "header", "read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a seller's authorization of our application is."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def grant(self) -> Request:
        """Ask for an access token."""
        form = (
            ("grant_type", "refresh_token"),
            ("refresh_token", self.refresh_token),
            ("client_id", self.client_id),
            ("client_secret", self.client_secret),
        )
        return Request(method="POST", path="", is_safe=True, form=form)


def read(response: Response, now: datetime) -> Token:
    """Read the token. Raises: Misconfigured for a refusal, Malformed.

    A refusal is 400 with a word of RFC 6749 section 5.2 (``invalid_grant``), which says whether the
    application or the seller's authorization is not good.
    """
    if response.status >= 400:
        raise Misconfigured(f"client_id, client_secret or refresh_token: {_word(response)}")
    body = Node(response.json())
    seconds = min(body["expires_in"].count(), LONGEST_LIFE_S)
    return Token(
        value=body["access_token"].id(), had_at=now, expires_at=now + timedelta(seconds=seconds)
    )


def _word(response: Response) -> str:
    """Return the error's word; never its sentence, which may quote what was sent."""
    try:
        word = Node(response.json())["error"].text() or ""
    except Malformed:
        word = ""
    known = word.isascii() and word.replace("_", "").isalpha() and len(word) <= 40
    return word if known else f"HTTP {response.status}"


def header(token: Token) -> Mapping[str, str]:
    return {"x-amz-access-token": token.value}
