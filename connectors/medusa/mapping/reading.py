"""What an answer must be read with: what the operator says of the shop, and the time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from connectors.sdk.errors import Misconfigured

_YES_OR_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the operator says of the shop, since its API cannot.

    *verifies_email*: nobody gets an account without a proof of the address. Medusa itself asks for
    none, so an address counts as unproven unless a shop that added the proof says so. *currency*:
    of the prices to state, where products have prices in several.
    """

    pickup_methods: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    verifies_email: bool = False
    currency: str | None = None

    @classmethod
    def parse(cls, settings: Mapping[str, str]) -> Self:
        """Read a connection's settings. Raises: Misconfigured, naming the setting."""
        return cls(
            pickup_methods=_names(settings, "pickup_methods"),
            stores=_names(settings, "stores"),
            verifies_email=_yes(settings, "verifies_email"),
            currency=_currency(settings),
        )


def _names(settings: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(each.strip() for each in settings.get(name, "").split(",") if each.strip())


def _yes(settings: Mapping[str, str], name: str) -> bool:
    word = (settings.get(name) or "no").strip().lower()
    if word not in _YES_OR_NO:
        raise Misconfigured(f"{name}: must be yes or no")
    return _YES_OR_NO[word]


def _currency(settings: Mapping[str, str]) -> str | None:
    code = settings.get("currency", "").strip().upper()
    if code and not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise Misconfigured("currency: must be a code of three letters")
    return code or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One answer's circumstances."""

    read_at: datetime
    """When the request that read it began: no time that Medusa states moves with every change."""
    options: Options
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Names of the shop's return reasons, by id."""
