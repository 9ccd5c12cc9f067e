"""Amazon's refusals as errors, as a table. (401, 403, 429 and 5xx are the door's, sdk/http.py.)

Source: ``ErrorList`` of every file of amazon-sp-api (``{"errors": [{code, message, details}]}``);
what confirmShipment says of a package that it cannot place is read from
github.com/amzn/selling-partner-api-models/issues/5037.
"""

from dataclasses import dataclass
from enum import Enum, auto

from connectors.sdk.errors import Conflict, Malformed, Missing, Rejected
from connectors.sdk.http import Response

LONGEST_REASON = 300
"""Characters of Amazon's own words that an issue shows."""


class Operation(Enum):
    """What was asked. Each has a usage plan of its own, and refusals of its own."""

    SEARCH_ORDERS = auto()
    GET_ORDER = auto()
    CONFIRM_SHIPMENT = auto()
    INVENTORY_SUMMARIES = auto()
    BATCH_INVENTORY = auto()
    GET_SHIPMENT = auto()
    PROCESS_SHIPMENT = auto()
    SHIP_LABELS = auto()
    PACKAGE_STATUS = auto()


@dataclass(frozen=True, slots=True)
class _Rule:
    operation: Operation | None
    status: int
    phrase: str
    error: type[Rejected]


# The first row that fits wins; *phrase* is looked for in lower case.
_RULES = (
    _Rule(Operation.CONFIRM_SHIPMENT, 400, "already fulfilled", Conflict),
    _Rule(Operation.CONFIRM_SHIPMENT, 400, "packagetoupdatenotfound", Conflict),
    _Rule(None, 404, "", Missing),
    _Rule(None, 409, "", Conflict),
)


def raise_for(operation: Operation, response: Response) -> None:
    """Raise what the table says of an answer; a success passes. Raises: Rejected and its kinds."""
    if response.status < 400:
        return
    code, reason = _explanation(response)
    for rule in _RULES:
        fits = rule.operation in (None, operation) and rule.status == response.status
        if fits and rule.phrase in reason.lower():
            raise rule.error(reason, code=code)
    raise Rejected(reason, code=code)


def _explanation(response: Response) -> tuple[str, str]:
    """Return Amazon's code and its sentence, of the first error that it names."""
    try:
        body = response.json()
        first = body["errors"][0]
        words = [first.get("message"), first.get("details")]
        told = list(dict.fromkeys(one for one in words if isinstance(one, str) and one))
        return str(first["code"]), " ".join(told)[:LONGEST_REASON]
    except (Malformed, AttributeError, LookupError, TypeError):
        return f"http_{response.status}", f"HTTP {response.status} without a reason"
