"""Refusals: a "no" that the caller can act on is data in the payload, never a thrown string."""

from enum import Enum

import strawberry

from gateway.errors import Refused
from gateway.orchestration.asking import Asked
from gateway.orchestration.outbox import Effect, State


@strawberry.enum(description="Why a mutation was refused, by who must act next.")
class UserErrorCode(Enum):
    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    AMOUNT_TOO_LARGE = "AMOUNT_TOO_LARGE"
    CAPABILITY_MISSING = "CAPABILITY_MISSING"
    CONNECTION_PAUSED = "CONNECTION_PAUSED"
    UPSTREAM_REJECTED = "UPSTREAM_REJECTED"
    UPSTREAM_UNKNOWN = "UPSTREAM_UNKNOWN"
    REFUSED = "REFUSED"


@strawberry.type(description="One reason why a mutation did not do what was asked.")
class UserError:
    code: UserErrorCode = strawberry.field(description="What kind of reason it is.")
    message: str = strawberry.field(description="For people. May change; act on the code.")
    path: list[str] = strawberry.field(
        description='Where in the input it lies: ["lines", "0", "quantity"]; empty for the whole.'
    )
    retryable: bool = strawberry.field(
        description="The same input can succeed later, with a new idempotency key."
    )


def of(refused: Refused) -> UserError:
    """Return *refused* as the payload shows it."""
    return UserError(
        code=UserErrorCode(refused.code),
        message=str(refused),
        path=list(refused.path),
        retryable=refused.retryable,
    )


def of_effects(asked: Asked) -> list[UserError]:
    """Return what the systems refused, and what nobody knows the end of."""
    return [_of_effect(one) for one in asked.effects if one.state in _REFUSALS]


_REFUSALS: dict[State, UserErrorCode] = {
    State.FAILED: UserErrorCode.UPSTREAM_REJECTED,
    State.UNKNOWN: UserErrorCode.UPSTREAM_UNKNOWN,
}


def _of_effect(effect: Effect) -> UserError:
    message = f"{effect.connection}: {effect.error or effect.error_code or 'no reason given'}"
    return UserError(code=_REFUSALS[effect.state], message=message, path=[], retryable=False)
