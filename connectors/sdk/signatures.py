"""Signature checks that several vendors share. Comparisons take the same time whatever differs."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from connectors.sdk.errors import SignatureInvalid

TOLERANCE = timedelta(minutes=5)
"""How far a signed time may lie from ours: Standard Webhooks and Stripe both say five minutes."""


def sha256(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over the joined *parts*."""
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def sha256_base64(key: bytes, *parts: bytes) -> str:
    return base64.b64encode(sha256(key, *parts)).decode()


def require_match(given: str | None, expected: Iterable[str], header: str) -> None:
    """Raise SignatureInvalid unless *given* is one of *expected*; every one of them is compared."""
    stated = (given or "").encode(errors="surrogatepass")
    found = [hmac.compare_digest(stated, one.encode()) for one in expected]
    if not given or not any(found):
        raise SignatureInvalid(f"{header} does not match")


def require_fresh(sent_at: datetime, now: datetime) -> None:
    """Raise SignatureInvalid when *sent_at* is more than TOLERANCE from *now*, either way."""
    if abs(now - sent_at) > TOLERANCE:
        raise SignatureInvalid("the signed time is not within five minutes of ours")


def require_secrets(secrets: Sequence[str]) -> None:
    """Raise SignatureInvalid when there is nothing to check against: deny by default."""
    if not [secret for secret in secrets if secret]:
        raise SignatureInvalid("the connection has no webhook secret")
