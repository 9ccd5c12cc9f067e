"""Parties and their addresses: customers, as the address book of a warehouse knows them."""

from datetime import datetime

from connectors.sdk.changes import Change
from connectors.sdk.records import CustomerRecord
from connectors.sdk.values import Address
from connectors.tryton.mapping.wire import Row

ADDRESS = (
    "party_name",
    "street",
    "city",
    "postal_code",
    "subdivision.code",
    "country.code",
)

FIELDS = (
    "name",
    "create_date",
    "contact_mechanisms.active",
    "contact_mechanisms.type",
    "contact_mechanisms.value",
    "addresses.active",
    *(f"addresses.{name}" for name in ADDRESS),
)

_EMAIL = ("email",)
_PHONE = ("phone", "mobile")
"""Types of contact mechanisms; fax, website, SIP ... say nothing that we keep."""

IS_CUSTOMER = [["contact_mechanisms.type", "in", [*_EMAIL, *_PHONE]]]
"""Parties that can be reached. Tryton marks no party as a customer: the company itself, its
warehouses and carriers are parties too, and they seldom have a mail address."""


def customer(row: Row, asked_at: datetime) -> CustomerRecord:
    """Nothing here is verified: a warehouse's address book proves nobody's identity."""
    name = row.find_text("name")
    first_name, last_name = _split(name)
    return CustomerRecord(
        external_id=str(row.id),
        revised_at=asked_at,
        email=_first(row, _EMAIL),
        phone=_first(row, _PHONE),
        first_name=first_name,
        last_name=last_name,
        addresses=tuple(address(one, name) for one in row.rows("addresses") if _is_stated(one)),
        created_at=row.find_moment("create_date"),
    )


def is_reachable(change: Change) -> bool:
    """Tell a customer from the other parties, as `IS_CUSTOMER` does for a search."""
    return not isinstance(change, CustomerRecord) or bool(change.email or change.phone)


def address(row: Row, party: str | None = None) -> Address:
    """Read one address; *party* is whose it is, unless the address names somebody itself."""
    street = (row.find_text("street") or "").splitlines()
    lines = [line.strip() for line in street if line.strip()]
    country, subdivision = row.find_row("country"), row.find_row("subdivision")
    return Address(
        name=row.find_text("party_name") or party,
        line1=lines[0] if lines else None,
        line2=", ".join(lines[1:]) or None,
        city=row.find_text("city"),
        province=_province(subdivision.find_text("code")) if subdivision else None,
        postal_code=row.find_text("postal_code"),
        country_code=country.find_text("code") if country else None,
    )


def _is_stated(row: Row) -> bool:
    """Leave out what was archived, and the empty address that Tryton gives every new party."""
    parts = ("street", "city", "postal_code", "country")
    return row.flag("active") and any(row.data.get(name) for name in parts)


def _first(row: Row, types: tuple[str, ...]) -> str | None:
    for mechanism in row.rows("contact_mechanisms"):
        if mechanism.flag("active") and mechanism.find_text("type") in types:
            return mechanism.find_text("value")
    return None


def _split(name: str | None) -> tuple[str | None, str | None]:
    """Take the last word for the family name: Tryton keeps one name for people and companies."""
    first, _, last = (name or "").rpartition(" ")
    return (first, last) if first else (name, None)


def _province(code: str | None) -> str | None:
    """``"US-NV"`` -> ``"NV"`` (ISO 3166-2 without its country)."""
    return code.rpartition("-")[2] or None if code else None
