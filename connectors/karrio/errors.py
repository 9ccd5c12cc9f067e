"""What karrio answers instead, as errors of the sdk: one table for each thing asked.

karrio says no in two shapes: ``{"errors": [{"code", "level", "message"}]}`` is karrio speaking,
``{"messages": [{"carrier_id", "code", "message"}]}`` a carrier (mostly with 424). 401, 403, 429 and
5xx have become errors in the sdk's door before this is asked.
"""

import re
from collections.abc import Iterable, Mapping

from connectors.karrio.document import Document
from connectors.sdk.errors import Conflict, Malformed, Missing, Rejected
from connectors.sdk.http import Response

ABOUT_A_SHIPMENT: Mapping[int, type[Rejected]] = {404: Missing, 409: Conflict}
"""Refusals of a request that names a shipment; what is not in the table is Rejected."""

ABOUT_A_PURCHASE: Mapping[int, type[Rejected]] = {409: Conflict}
"""404 here means that no active carrier connection matches: there is no subject to be missing."""

LONGEST_MESSAGE = 500
"""Characters. Carriers have answered with whole web pages."""

_FIELD = re.compile(r"([a-z][a-z0-9_.]*): .+", re.DOTALL)
"""``"recipient.postal_code: The American postal code must match ..."``."""


def refusal(
    response: Response, table: Mapping[int, type[Rejected]], private: Iterable[str] = ()
) -> Rejected:
    """The error for an answer that is no success; its text leaves out every text of *private*."""
    said = _said(response)
    status = f"HTTP {response.status}"
    kind = table.get(response.status, Rejected)
    return kind(_message(said, private) or status, code=_code(said) or status, field=_field(said))


def no_rates(response: Response, private: Iterable[str] = ()) -> Rejected:
    """For rates of which none has a price: the first carrier's code, and what all of them say."""
    said = _said(response)
    message = _message(said, private) or "no carrier has a rate for this parcel"
    return Rejected(message, code=_code(said) or "no_rates")


def _message(said: Iterable[Document], private: Iterable[str]) -> str:
    """All that is said, bounded, without the texts of *private*: carriers repeat addresses."""
    message = "; ".join(dict.fromkeys(map(_text, said)))
    for text in sorted(private, key=len, reverse=True):
        message = re.sub(re.escape(text), "[...]", message, flags=re.IGNORECASE)
    return message[:LONGEST_MESSAGE]


def _code(said: Iterable[Document]) -> str | None:
    return next((code for one in said if (code := one.text_or_none("code"))), None)


def _said(response: Response) -> tuple[Document, ...]:
    """Everything karrio and the carriers say in an answer; nothing when it is not karrio's."""
    try:
        document = Document.of(response.json())
        return document.many("errors") + document.many("messages")
    except Malformed:
        return ()


def _text(one: Document) -> str:
    parts = (one.text_or_none("carrier_id"), one.text_or_none("message"))
    return ": ".join(part for part in parts if part)


def _field(said: tuple[Document, ...]) -> str | None:
    """The field of the first complaint about our input."""
    for one in said:
        found = _FIELD.fullmatch(one.text_or_none("message") or "")
        if found and one.text_or_none("code") == "validation":
            return found[1]
    return None
