"""Trouble: what a system does wrong, and which error tells the caller what to do about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from connectors.sdk import errors
from connectors.sdk.errors import ConnectorError
from connectors.sdk.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A fault, the errors that it may be told as, and the wait that must come with it."""

    fault: Fault
    means: tuple[type[ConnectorError], ...]
    says: str
    retry_after_s: float | None = None

    def require(self, what: str, error: ConnectorError | None) -> None:
        """Raise AssertionError unless *error* is what this trouble is told as."""
        names = " or ".join(one.__name__ for one in self.means)
        sentence = f"{what} must raise {names} at {self.says}"
        assert isinstance(error, self.means), f"{sentence}; it raises {error!r}"
        if isinstance(error, errors.Throttled):
            assert error.retry_after_s == self.retry_after_s, (
                f"{sentence}, to wait {self.retry_after_s} s; it says {error.retry_after_s}"
            )


REFUSED = Trouble(fault=Fault.UNAUTHORIZED, means=(errors.Misconfigured,), says="HTTP 401")
THROTTLED = Trouble(
    fault=Fault.THROTTLED,
    means=(errors.Throttled,),
    says="HTTP 429 with Retry-After: 1",
    retry_after_s=1.0,
)
THROTTLED_BARE = Trouble(
    fault=Fault.THROTTLED_BARE, means=(errors.Throttled,), says="HTTP 429 without Retry-After"
)
BROKEN = Trouble(fault=Fault.SERVER_ERROR, means=(errors.Unavailable,), says="HTTP 500")
CUT = Trouble(fault=Fault.CUT_AFTER, means=(errors.Unavailable,), says="a reply cut off")
GARBLED = Trouble(fault=Fault.NOT_JSON, means=(errors.Malformed,), says="an answer in HTML")

TROUBLES = (REFUSED, THROTTLED, THROTTLED_BARE, BROKEN, CUT)
"""What befalls any request that changes nothing."""


async def told(call: Callable[[], Awaitable[object]]) -> ConnectorError | None:
    """The error that *call* raises, None when it does not."""
    try:
        await call()
    except ConnectorError as error:
        return error
    return None


def another(text: str) -> str:
    """*text* with its last letter or digit another: of the same form, and somebody else's."""
    for place in range(len(text) - 1, -1, -1):
        if text[place].isalnum():
            other = "1" if text[place] == "0" else "0"
            if text[place].isalpha():
                other = "b" if text[place] in "aA" else "a"
            return text[:place] + other + text[place + 1 :]
    return f"{text}0"
