"""Whose facts they are: the seller, the marketplace's currency, and as of when."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from connectors.flexmarket.row import Row
from connectors.sdk.errors import Malformed

APPROVED = "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One seller at one marketplace.

    *currency* is the marketplace's, for neither orders nor listings state one. *host* is the
    address of the marketplace. *read_at*: when the request began whose answer is read with this;
    no time that a seller is shown moves with every change.
    """

    id: str
    name: str
    slug: str
    status: str
    currency: str
    host: str
    read_at: datetime

    @classmethod
    def of(cls, profile: Row, price: Row, host: str, read_at: datetime) -> Self:
        """Read the seller's profile, and any price, which states the currency."""
        currency = price.text("currency").upper()
        if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
            raise Malformed("answer.currency is no currency code")
        return cls(
            id=profile.text("id"),
            name=profile.text("name"),
            slug=profile.text("slug"),
            status=profile.text("status"),
            currency=currency,
            host=host,
            read_at=read_at,
        )

    def at(self, read_at: datetime) -> Self:
        return replace(self, read_at=read_at)
