"""What we ask UPS, and what its token endpoint answers. Pure.

Source: OAuthClientCredentials.json, Tracking.json (2026-07).
"""

import base64
import re
from datetime import datetime, timedelta
from urllib.parse import quote

from connectors.sdk.auth import Token
from connectors.sdk.errors import Malformed, Misconfigured
from connectors.sdk.http import Request, Response
from connectors.ups.document import Node

SOURCE = "unified-commerce-gateway"
"""``transactionSrc``: who calls, for UPS's own logs."""

CHECKED = "1ZCIETST0111111114"
"""UPS's own test number (UPSTrackAlert.json, FAQ). Whatever is said of it, somebody was let in."""

NUMBER = re.compile(r"[0-9A-Za-z]{7,34}")
"""Source: Tracking.json, inquiryNumber: "between 7 and 34 characters". What has another form is no
number of UPS's; as it is asked for within a path, it could also be another request."""


def grant(client_id: str, client_secret: str, merchant_id: str | None) -> Request:
    """Ask for an access token."""
    user = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    merchant = {"x-merchant-id": merchant_id} if merchant_id else {}
    return Request(
        method="POST",
        path="/security/v1/oauth/token",
        is_safe=True,
        form=(("grant_type", "client_credentials"),),
        headers={"authorization": f"Basic {user}", **merchant},
    )


def token(response: Response, now: datetime) -> Token:
    """Read the answer to `grant`. Its numbers are texts: ``"expires_in": "14399"``.

    Raises: Misconfigured when it refuses (400; 401 and 403 have been raised), Malformed.
    """
    if response.status >= 400:
        raise Misconfigured(f"client_id: gets no token: HTTP {response.status}")
    answer = Node.of(response.json())
    try:
        good_for = timedelta(seconds=int(answer.value["expires_in"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Malformed("$.expires_in: not a number of seconds") from error
    return Token(value=answer.text("access_token"), had_at=now, expires_at=now + good_for)


def track(number: str, trans_id: str) -> Request:
    """Ask where a parcel is. *trans_id* is unique to the request."""
    return Request(
        method="GET",
        path=f"/api/track/v1/details/{quote(number, safe='')}",
        is_safe=True,
        query=(("locale", "en_US"),),
        headers={"transId": trans_id, "transactionSrc": SOURCE},
    )
