"""Customers and addresses. Square proves neither e-mail nor phone, so neither is ever verified."""

from datetime import datetime

from connectors.sdk.records import CustomerRecord
from connectors.sdk.values import Address
from connectors.square.reading import Node


def record(node: Node, as_of: datetime) -> CustomerRecord:
    """Return a profile. An instant profile, which Square makes of a card, is a guest.

    Source: openapi.json Customer, CustomerCreationSource, Square-Version 2025-08-20.

    Raises: Malformed.
    """
    stated = node.optional_node("address")
    return CustomerRecord(
        external_id=node.text("id"),
        revised_at=node.optional_moment("updated_at") or as_of,
        email=node.optional_text("email_address"),
        phone=node.optional_text("phone_number"),
        first_name=node.optional_text("given_name"),
        last_name=node.optional_text("family_name"),
        is_guest=node.optional_text("creation_source") == "INSTANT_PROFILE",
        addresses=(address(stated),) if stated else (),
        created_at=node.optional_moment("created_at"),
    )


def address(node: Node) -> Address:
    """Return a postal address, Square's three lines in two. Raises: Malformed."""
    names = [node.optional_text("first_name"), node.optional_text("last_name")]
    rest = [node.optional_text("address_line_2"), node.optional_text("address_line_3")]
    return Address(
        name=" ".join(name for name in names if name) or None,
        line1=node.optional_text("address_line_1"),
        line2=", ".join(line for line in rest if line) or None,
        city=node.optional_text("locality"),
        province=node.optional_text("administrative_district_level_1"),
        postal_code=node.optional_text("postal_code"),
        country_code=node.optional_text("country"),
    )


def recipient(node: Node) -> Address:
    """Return whom a fulfillment is for, and where they are. Raises: Malformed."""
    stated = node.optional_node("address")
    place = address(stated) if stated else Address()
    return Address(
        name=node.optional_text("display_name") or place.name,
        line1=place.line1,
        line2=place.line2,
        city=place.city,
        province=place.province,
        postal_code=place.postal_code,
        country_code=place.country_code,
        phone=node.optional_text("phone_number"),
        email=node.optional_text("email_address"),
    )
