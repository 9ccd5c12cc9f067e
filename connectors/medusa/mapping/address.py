"""Addresses: an order's, a customer's and a stock location's."""

from connectors.medusa.mapping.shape import Node
from connectors.sdk.values import Address


def address(node: Node | None) -> Address | None:
    """Read any of the three; None for one that is absent or says nothing."""
    if node is None:
        return None
    names = (node.optional("first_name"), node.optional("last_name"))
    country = node.optional("country_code")
    found = Address(
        name=" ".join(name for name in names if name) or None,
        company=node.optional("company"),
        line1=node.optional("address_1"),
        line2=node.optional("address_2"),
        city=node.optional("city"),
        province=node.optional("province"),
        postal_code=node.optional("postal_code"),
        country_code=country.upper() if country else None,
        phone=node.optional("phone"),
    )
    return found if found != Address() else None
