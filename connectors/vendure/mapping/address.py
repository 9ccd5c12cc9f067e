"""Addresses: an order's (``OrderAddress``) and a customer's (``Address``) differ in one field."""

from connectors.sdk.values import Address
from connectors.vendure.mapping.shape import Node


def address(node: Node | None) -> Address | None:
    """Read either kind; None for absent and for the object full of nulls that Vendure writes."""
    if node is None:
        return None
    country = node.find("country")
    found = Address(
        name=node.optional("fullName"),
        company=node.optional("company"),
        line1=node.optional("streetLine1"),
        line2=node.optional("streetLine2"),
        city=node.optional("city"),
        province=node.optional("province"),
        postal_code=node.optional("postalCode"),
        country_code=country.optional("code") if country else node.optional("countryCode"),
        phone=node.optional("phoneNumber"),
    )
    return found if found != Address() else None
