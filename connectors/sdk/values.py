"""Values that connectors, domain and graph share. All frozen; equal when their parts are."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

# Digits after the point of an ISO 4217 currency, where they are not two.
# Source: ISO 4217:2015 table A.1 (SIX Interbank Clearing, list one).
_MINOR_DIGITS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def sku_key(sku: str) -> str:
    """Return *sku* as it is compared: systems differ in case and stray spaces only by mistake."""
    return sku.strip().upper()


def minor_digits(currency: str) -> int:
    """Return how many digits *currency* (``"USD"``) has after the point: 2, JPY 0, KWD 3."""
    return _MINOR_DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount: ``Money(minor=1999, currency="USD")`` is 19.99 dollars.

    Units: *minor* is cents for USD, yen for JPY, fils (thousandths) for KWD. May be negative.
    """

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | str, currency: str) -> Self:
        """Read a decimal *amount* of major units; half a minor unit rounds up.

        Some systems state more digits than the currency has (Medusa does): they are
        rounded here, once, at the edge.

        Raises: ValueError when *amount* is no finite number, or one of more digits than any amount
        of money has, or *currency* no three letters.
        """
        if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
            raise ValueError(f"not an ISO 4217 code: {currency!r}")
        code = currency.upper()
        digits = minor_digits(code)
        try:
            # quantize rounds once, from all digits given, and refuses what has no 28 to round to.
            rounded = Decimal(amount).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
            minor = int(rounded.scaleb(digits))
        except (ArithmeticError, ValueError, TypeError) as error:
            raise ValueError(f"not an amount: {amount!r}") from error
        return cls(minor=minor, currency=code)

    @property
    def amount(self) -> Decimal:
        """Major units, exact: ``Decimal("19.99")``."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something goes. Parts a system does not state are None, never empty strings."""

    name: str | None = None
    company: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    province: str | None = None
    """Code where the system has one: ``"NV"``."""
    postal_code: str | None = None
    country_code: str | None = None
    """ISO 3166-1 alpha-2: ``"US"``."""
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One box. Units: grams and millimetres."""

    weight_g: int
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuantity:
    """*quantity* units of one line, named by the system's own line id and by SKU where known."""

    line_id: str | None = None
    sku: str | None = None
    quantity: int
