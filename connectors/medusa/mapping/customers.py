"""Customers: a guest and an account of one e-mail are two."""

from connectors.medusa.mapping.address import address
from connectors.medusa.mapping.reading import Reading
from connectors.medusa.mapping.shape import Node
from connectors.sdk.changes import Change
from connectors.sdk.records import CustomerRecord


def customer(node: Node, reading: Reading) -> list[Change]:
    """Return one customer. The addresses are those that the person keeps, in their account."""
    has_account = node.flag("has_account")
    found = (address(each) for each in node.items("addresses"))
    return [
        CustomerRecord(
            external_id=node["id"].text(),
            revised_at=reading.read_at,
            email=node.optional("email"),
            email_verified=reading.options.verifies_email and has_account,
            phone=node.optional("phone"),
            first_name=node.optional("first_name"),
            last_name=node.optional("last_name"),
            is_guest=not has_account,
            addresses=tuple(each for each in found if each),
            created_at=node.time_of("created_at"),
        )
    ]
