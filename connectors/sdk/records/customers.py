"""Customers, as one system states them."""

from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.values import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """One person in one system. *email_verified* and *phone_verified* are True only where the
    system says that the person proved it: these alone may join two systems' customers."""

    external_id: str
    revised_at: datetime
    email: str | None = None
    email_verified: bool = False
    phone: str | None = None
    phone_verified: bool = False
    first_name: str | None = None
    last_name: str | None = None
    is_guest: bool = False
    addresses: tuple[Address, ...] = ()
    created_at: datetime | None = None
    url: str | None = None
