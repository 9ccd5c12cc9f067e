"""Customers: accounts, and guests, who have a customer of their own without a user."""

from connectors.sdk.changes import Change
from connectors.sdk.records import CustomerRecord
from connectors.vendure.mapping.address import address
from connectors.vendure.mapping.reading import Reading
from connectors.vendure.mapping.shape import Node

PROOFS = ("CUSTOMER_VERIFIED", "CUSTOMER_EMAIL_UPDATE_VERIFIED")
HISTORY = (*PROOFS, "CUSTOMER_DETAIL_UPDATED")


def customer(node: Node, reading: Reading) -> list[Change]:
    """Return one customer. A guest who registers later keeps the id."""
    found = (address(each) for each in node["addresses"].items())
    return [
        CustomerRecord(
            external_id=node["id"].text(),
            revised_at=reading.read_at,
            email=node.optional("emailAddress"),
            email_verified=reading.options.verifies_email and _is_proven(node),
            phone=node.optional("phoneNumber"),
            first_name=node.optional("firstName"),
            last_name=node.optional("lastName"),
            is_guest=node.find("user") is None,
            addresses=tuple(each for each in found if each),
            created_at=node["createdAt"].time(),
        )
    ]


def _is_proven(node: Node) -> bool:
    """Say whether the person proved the address held now.

    An administrator who types another address leaves ``verified`` true; the history tells. It
    comes newest first, so the first entry about the address decides. None at all: the account came
    from a sign-in service, or its history was pruned; then nothing speaks against the flag.
    """
    user = node.find("user")
    if user is None or not user["verified"].flag():
        return False
    for entry in node["history"]["items"].items():
        if entry["type"].value in PROOFS:
            return True
        changed = entry["data"].find("input")
        if changed and changed.find("emailAddress"):
            return False
    return True
