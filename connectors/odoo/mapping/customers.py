"""Partners (`res.partner`): customers, their addresses, and everybody else's.

An address book proves nobody's identity: mail and phone are never verified.
"""

from collections.abc import Iterable
from datetime import datetime

from connectors.odoo.mapping.wire import Row, Tables
from connectors.sdk.records import CustomerRecord
from connectors.sdk.values import Address

MODEL, COUNTRY, STATE = "res.partner", "res.country", "res.country.state"

ADDRESS = (
    "name",
    "is_company",
    "parent_id",
    "street",
    "street2",
    "city",
    "zip",
    "state_id",
    "country_id",
    "phone",
    "mobile",
    "email",
)
FIELDS = (*ADDRESS, "customer", "type", "create_date")

CONTACT = "contact"
"""Type of a partner that is somebody; the others (*delivery*, *invoice*, *other*) are addresses of
the partner they belong to."""


def is_person(row: Row) -> bool:
    return row.link("parent_id") is None or row.text("type") == CONTACT


def is_customer(row: Row) -> bool:
    """Tell customers from suppliers, staff and mere addresses. (Odoo 13: `customer_rank`.)"""
    return row.flag("customer") and is_person(row)


def is_reachable(record: CustomerRecord) -> bool:
    """Whom nothing reaches is no customer that another system could know."""
    return bool(record.email or record.phone)


def customer(row: Row, tables: Tables, asked_at: datetime) -> CustomerRecord:
    """Read one partner with the addresses that belong to it.

    Odoo has one name: its last word is taken for the family name.
    """
    first, _, last = row.text("name").rpartition(" ")
    own = [one for one in tables.owned(MODEL, "parent_id", row.id) if not is_person(one)]
    return CustomerRecord(
        external_id=str(row.id),
        revised_at=asked_at,
        email=row.find_text("email"),
        phone=_phone(row),
        first_name=first or None,
        last_name=last,
        addresses=tuple(_addresses([row, *own], tables)),
        created_at=row.find_moment("create_date"),
    )


def address(row: Row, tables: Tables) -> Address:
    """Read where a partner is. An address without a name of its own goes by its owner's."""
    owner = tables.find(MODEL, row.link("parent_id"))
    name = row.find_text("name") or (owner.find_text("name") if owner else None)
    is_company = row.flag("is_company")
    state = tables.find(STATE, row.link("state_id"))
    country = tables.find(COUNTRY, row.link("country_id"))
    return Address(
        name=None if is_company else name,
        company=name if is_company else None,
        line1=row.find_text("street"),
        line2=row.find_text("street2"),
        city=row.find_text("city"),
        province=state.find_text("code") if state else None,
        postal_code=row.find_text("zip"),
        country_code=country.find_text("code") if country else None,
        phone=_phone(row),
        email=row.find_text("email"),
    )


def _addresses(rows: Iterable[Row], tables: Tables) -> Iterable[Address]:
    """Leave out who is known by name only."""
    found = (address(row, tables) for row in rows)
    return (one for one in found if one.line1 or one.city or one.postal_code)


def _phone(row: Row) -> str | None:
    return row.find_text("phone") or row.find_text("mobile")
