"""Addresses, as shoppers typed them."""

from connectors.flexmarket.mapping.countries import code_of
from connectors.flexmarket.row import Row
from connectors.sdk.values import Address


def address(row: Row) -> Address | None:
    """Return an address; None when nothing of it is stated.

    A landmark is part of the way to the door and joins the second line. A country is free text;
    one that is no name or code of a country is left out.
    """
    found = Address(
        name=_joined(row, " ", "first_name", "last_name"),
        line1=row.maybe("line1"),
        line2=_joined(row, ", ", "line2", "landmark"),
        city=row.maybe("city"),
        province=row.maybe("state"),
        postal_code=row.maybe("postal_code"),
        country_code=code_of(row.maybe("country")),
        phone=row.maybe("phone"),
        email=row.maybe("email"),
    )
    return None if found == Address() else found


def _joined(row: Row, by: str, *names: str) -> str | None:
    return by.join(part for name in names if (part := row.maybe(name))) or None
