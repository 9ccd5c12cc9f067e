"""What we ask FedEx, and what its token endpoint answers. Pure.

Source: APIAuthorization.json, TrackingNumbers.json (2025-10).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.fedex.document import Node
from connectors.sdk.auth import Token
from connectors.sdk.errors import Malformed, Misconfigured
from connectors.sdk.http import Request, Response

MOST_NUMBERS = 30
"""Source: TrackingNumbers.json (2025-10) trackingInfo: "Maximum limit is 30"."""

CHECKED = "128667043726"
"""The contract's example of a number. Whatever is said of it, somebody was let in."""


def grant(client_id: str, client_secret: str) -> Request:
    """Ask for an access token."""
    return Request(
        method="POST",
        path="/oauth/token",
        is_safe=True,
        form=(
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", client_secret),
        ),
    )


def token(response: Response, now: datetime) -> Token:
    """Read the answer to `grant`: ``{"access_token": "...", "expires_in": 3600}``.

    Raises: Misconfigured when it refuses (401 and 403 have been raised), Malformed.
    """
    if response.status >= 400:
        raise Misconfigured(f"client_id: gets no token: HTTP {response.status}")
    answer = Node.of(response.json())
    try:
        good_for = timedelta(seconds=int(answer.value["expires_in"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Malformed("$.expires_in: not a number of seconds") from error
    return Token(value=answer.text("access_token"), had_at=now, expires_at=now + good_for)


def track(numbers: Sequence[str], transaction_id: str) -> Request:
    """Ask where parcels are, with all their scans: a POST that changes nothing."""
    return Request(
        method="POST",
        path="/track/v1/trackingnumbers",
        is_safe=True,
        json={
            "includeDetailedScans": True,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": one}} for one in numbers],
        },
        headers={"x-customer-transaction-id": transaction_id, "x-locale": "en_US"},
    )
