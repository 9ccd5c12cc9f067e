"""Errors a connector raises, named for what the caller must do next.

* ConnectorError
  * Rejected(code, field) - understood and refused: tell the caller why
    * Conflict - changed under us: read again, decide again
    * Missing - not there: reconcile that subject
    * Unsupported - not a declared capability
  * Misconfigured - credentials or rights: pause the connection, tell the operator
  * NotApplied - known not to have happened: try again later
    * Throttled(retry_after_s) - over the budget
    * Unavailable - down, or refused the connection
  * Ambiguous - sent, and no answer: look it up, never resend blind
  * Malformed - the system broke its own contract: quarantine the payload, go on
  * SignatureInvalid - a webhook is not from who it says: 401, store nothing
"""


class ConnectorError(Exception):
    """Any of the below. Its text never holds a secret or a person's data."""


class Rejected(ConnectorError):
    """The system understood and said no. *code* is the system's own word."""

    def __init__(self, message: str, *, code: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class Conflict(Rejected):
    """The subject is not in the state that the command needs, or changed under us."""


class Missing(Rejected):
    """The subject is not there."""


class Unsupported(Rejected):
    """Not a declared capability: refused before anything is sent."""


class Misconfigured(ConnectorError):
    """Bad credentials, missing rights, wrong address."""


class NotApplied(ConnectorError):
    """The request certainly had no effect."""


class Throttled(NotApplied):
    """Over the system's limit. Units: *retry_after_s* seconds, None when it did not say."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(NotApplied):
    """Down, closed, or failed before taking the request; every failed read is this."""


class Ambiguous(ConnectorError):
    """The request left and its fate is unknown: time-out, cut reply, 5xx on a write."""


class Malformed(ConnectorError):
    """An answer or a delivery does not have the shape that the system promises."""


class SignatureInvalid(ConnectorError):
    """A delivery without a genuine, fresh signature."""
