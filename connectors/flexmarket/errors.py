"""The marketplace's answers that say no, as errors of ours.

Three shapes: ``{"error": code, "detail", "extra"}`` from its own services; ``{"detail": text}`` and
``{"field": [texts]}`` from Django REST framework; and a web page where no route leads. 401, 403,
429 and 5xx have become errors in the sdk's door before this is asked.
Source: flexcommerce-core 1.0.0, ``exceptions.py`` and ``api/__init__.py``.
"""

from connectors.flexmarket.row import Row
from connectors.sdk.errors import Conflict, Malformed, Missing, Rejected
from connectors.sdk.http import Response

CODES: dict[str, type[Rejected]] = {
    "not_shippable": Conflict,
    "nothing_to_ship": Conflict,
    "over_shipment": Conflict,
    "order_cancellation_error": Conflict,
    "invalid_order_transition": Conflict,
    "return_error": Conflict,
    "not_found": Missing,
}
"""``error``; one not listed is judged by its HTTP status."""

STATUSES: dict[int, type[Rejected]] = {404: Missing, 409: Conflict}
"""HTTP status; one not listed is Rejected."""

LONGEST_MESSAGE = 500


def refusal(response: Response) -> Rejected:
    """Return the error for an answer that is no success."""
    by_status, status = STATUSES.get(response.status, Rejected), f"HTTP {response.status}"
    try:
        said = Row.of(response.json())
    except Malformed:  # a web page
        return by_status(status, code=status)
    code, detail = said.fields.get("error"), said.fields.get("detail")
    if isinstance(code, str):
        return CODES.get(code, by_status)(str(detail)[:LONGEST_MESSAGE], code=code)
    if isinstance(detail, str) or not said.fields:
        return by_status(str(detail or status)[:LONGEST_MESSAGE], code=status)
    field, texts = next(iter(said.fields.items()))
    text = texts[0] if isinstance(texts, list) and texts else texts
    return by_status(f"{field}: {text}"[:LONGEST_MESSAGE], code="invalid", field=field)
