"""Our idempotency key where Vendure keeps it: at the end of a reason or a note, ``[ref:KEY]``.

Vendure has no idempotency keys. It writes a reason in the same transaction as the cancellation or
refund it belongs to, so the mark is there exactly if the effect is.
"""

import re

MOST_CHARS = 255
"""The shortest column a reason can have (varchar(255) where the shop runs on MySQL)."""

_MARK = re.compile(r"\s*\[ref:(?P<key>[^\]]+)\]\Z")


def mark(text: str, key: str) -> str:
    """Return *text* with *key* behind it; the text is cut, the key never."""
    end = f"[ref:{key}]"
    return f"{text[: MOST_CHARS - len(end) - 1].rstrip()} {end}".strip()


def split(text: str | None) -> tuple[str | None, str | None]:
    """Return what a person wrote and our key: ``"late [ref:k1]"`` gives ``("late", "k1")``."""
    found = _MARK.search(text or "")
    if not found:
        return text, None
    return (text or "")[: found.start()] or None, found["key"]
