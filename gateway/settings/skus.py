"""``[skus.<connection>]``: what a system calls by another SKU than we do.

It is read so that each word means one thing: inwards a system's SKU is one of ours, outwards ours
is the first of the system's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from connectors.sdk.values import sku_key
from gateway.settings.environment import ConfigurationError

SkuNames = Mapping[str, Sequence[str]]
"""``{"TEE-M": ("B00X", "TEE-M-FBA")}``: ours, and what the system calls it."""
Error = Callable[[str, object], ConfigurationError]


def read_skus(raw: object, error: Error) -> dict[str, SkuNames]:
    """Return the maps by connection. *error* makes the error of a key path and a problem.

    Raises: ConfigurationError for what is no map, and for one that is ambiguous.
    """
    return {
        id: _map(f"skus.{id}", names, error) for id, names in _table("skus", raw, error).items()
    }


def _map(at: str, raw: object, error: Error) -> SkuNames:
    names: dict[str, Sequence[str]] = {}
    for ours, theirs in _table(at, raw, error).items():
        _require_word(f"{at}.{ours}", ours, error)
        names[ours] = _theirs(f"{at}.{ours}", theirs, error)
    _refuse_twice(at, [(ours, ours) for ours in names], error)
    _refuse_twice(at, [(ours, one) for ours, theirs in names.items() for one in theirs], error)
    return names


def _theirs(at: str, raw: object, error: Error) -> tuple[str, ...]:
    given = (raw,) if isinstance(raw, str) else raw
    if not isinstance(given, list | tuple) or not given:
        raise error(at, "not a SKU, nor a list of SKUs")
    for one in given:
        _require_word(at, one, error)
    return tuple(given)


def _require_word(at: str, raw: object, error: Error) -> None:
    if not isinstance(raw, str) or not raw.strip():
        raise error(at, f"not a SKU: {raw!r}")


def _refuse_twice(at: str, pairs: Iterable[tuple[str, str]], error: Error) -> None:
    """Raise for a word that stands for two of ours. *pairs*: ours, and the word."""
    taken: dict[str, str] = {}
    for ours, word in pairs:
        other = taken.setdefault(sku_key(word), ours)
        if other != ours:
            raise error(f"{at}.{ours}", f"{word!r} stands for {other!r} already")


def _table(at: str, raw: object, error: Error) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise error(at, "not a table")
    return raw
