"""Card numbers that somebody wrote into a text: they do not come in.

No field of ours is for one. Ids, tracking numbers and barcodes, which may look like one, are left
alone: only what people write in words is searched.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from gateway.telemetry.redaction import hide_cards

T = TypeVar("T")

WRITTEN_BY_PEOPLE = frozenset(
    """note reason cancel_reason title description name company line1 line2 first_name last_name
    shipping_method signed_by payload""".split()
)


def without_cards(record: T) -> T:
    """Return *record* with ``[card]`` in the place of each card number that people wrote."""
    changed: dict[str, Any] = {}
    for one in fields(record):  # type: ignore[arg-type]
        value = getattr(record, one.name)
        clean = _clean(one.name, value)
        if clean is not value:
            changed[one.name] = clean
    return replace(record, **changed) if changed else record  # type: ignore[type-var]


def _clean(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return hide_cards(value) if name in WRITTEN_BY_PEOPLE else value
    if isinstance(value, tuple):
        parts = tuple(_clean(name, one) for one in value)
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
    return without_cards(value) if is_dataclass(value) else value
