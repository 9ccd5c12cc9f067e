"""What an answer must be read with: the shop's own settings, the operator's, and the time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from connectors.sdk.errors import Malformed, Misconfigured
from connectors.sdk.values import Money
from connectors.vendure.mapping.shape import Node

_YES_OR_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the operator says of the shop, since its API cannot.

    *verifies_email*: the shop demands a proof of every address (``requireVerification``). Without
    it Vendure marks each new account "verified" all the same, history entry included, so its word
    counts for nothing. *settles_refunds*: mark a refund settled that no payment processor made.
    """

    pickup_methods: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    verifies_email: bool = False
    settles_refunds: bool = True

    @classmethod
    def parse(cls, settings: Mapping[str, str]) -> Self:
        """Read a connection's settings. Raises: Misconfigured, naming the setting."""
        return cls(
            pickup_methods=_names(settings, "pickup_methods"),
            stores=_names(settings, "stores"),
            verifies_email=_yes(settings, "verifies_email", default="no"),
            settles_refunds=_yes(settings, "settles_refunds", default="yes"),
        )


def _names(settings: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(each.strip() for each in settings.get(name, "").split(",") if each.strip())


def _yes(settings: Mapping[str, str], name: str, *, default: str) -> bool:
    word = (settings.get(name) or default).strip().lower()
    if word not in _YES_OR_NO:
        raise Misconfigured(f"{name}: must be yes or no")
    return _YES_OR_NO[word]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One answer's circumstances: the shop's settings, the operator's, and the time.

    *prices_include_tax* is the channel's: prices are read as the shop shows them. *precision* is
    how many digits after the point Vendure's integers have, in every currency alike.
    """

    read_at: datetime
    """When the request that read it began: no time that Vendure states moves with every change."""
    options: Options
    prices_include_tax: bool
    precision: int
    tracks_inventory: bool
    threshold: int

    @classmethod
    def of(cls, root: Node, options: Options, read_at: datetime) -> Self:
        """Read the shop's own settings (the document ``shop``)."""
        settings = root["globalSettings"]
        return cls(
            read_at=read_at,
            options=options,
            prices_include_tax=root["activeChannel"]["pricesIncludeTax"].flag(),
            precision=settings["serverConfig"]["moneyStrategyPrecision"].count(),
            tracks_inventory=settings["trackInventory"].flag(),
            threshold=settings["outOfStockThreshold"].whole(),
        )

    def money(self, value: int, currency: str) -> Money:
        """Read one of Vendure's integers: 10962 is 109.62 at precision 2, of any currency.

        Raises: Malformed when *currency* is no currency code.
        """
        try:
            return Money.of(Decimal(value).scaleb(-self.precision), currency)
        except ValueError as error:
            raise Malformed(f"currencyCode: {error}") from error

    def units_of(self, money: Money) -> int:
        """Write *money* as Vendure's integer; the reverse of ``money``."""
        return int(money.amount.scaleb(self.precision).to_integral_value())
