"""Our idempotency key where Medusa keeps it. It has no idempotency keys of its own.

A fulfillment and a return carry it in their ``metadata``; a refund and the receipt of a return,
which take none, at the end of their note: ``dented [ref:KEY]``. Each is written together with the
effect it belongs to, so the key is there exactly if the effect is.
"""

import re

KEY = "gateway_key"
CARRIER = "carrier"
"""Labels have a number and no carrier: its name stands beside our key."""

_MARK = re.compile(r"\s*\[ref:(?P<key>[^\]]+)\]\Z")


def mark(text: str, key: str) -> str:
    """Return *text* with *key* behind it."""
    return f"{text} [ref:{key}]".strip()


def split(text: str | None) -> tuple[str | None, str | None]:
    """Return what a person wrote and our key: ``"late [ref:k1]"`` gives ``("late", "k1")``."""
    found = _MARK.search(text or "")
    if not found:
        return text, None
    return (text or "")[: found.start()] or None, found["key"]
