"""Where a pull goes on: the text that the gateway keeps between two pages."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from connectors.sdk.errors import Malformed
from connectors.sdk.records import Kind

OVERLAP_S: dict[Kind, int] = {
    # Square's lists are eventually consistent: "several seconds" for refunds, "closer to one minute
    # or longer" for customers. Our time of reading is the answer's, up to a time-out (20 s) later.
    # Source: openapi.json GET /v2/refunds, POST /v2/customers/search, Square-Version 2025-08-20.
    Kind.PRODUCT: 60,
    Kind.LEVEL: 60,
    Kind.ORDER: 60,
    Kind.REFUND: 60,
    Kind.CUSTOMER: 120,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """*since*: everything up to here (Square's clock) is had. The rest is set between pages only:
    *began*: Square's clock when the pull began, the next *since*; *part*: the first location of the
    batch being read; *cursor* or *seen* (the last change time had): how far within it."""

    since: str | None = None
    began: str | None = None
    part: str | None = None
    cursor: str | None = None
    seen: str | None = None

    @property
    def text(self) -> str:
        """``{"since":"2025-08-20T10:00:00Z"}``."""
        stated = {name: value for name, value in asdict(self).items() if value}
        return msgspec.json.encode(stated).decode()

    def start(self, kind: Kind) -> str | None:
        """Return the time to read changes from, the overlap taken off; None for everything."""
        last = self.seen or self.since
        if last is None:
            return None
        overlap = timedelta(seconds=OVERLAP_S[kind])
        return stamp(datetime.fromisoformat(last) - overlap)

    def after(
        self, *, clock: str, cursor: str | None, seen: str | None = None, then: str | None = None
    ) -> "Checkpoint":
        """Return the checkpoint behind a page.

        *cursor* None: its batch is through, and *then* names the next one; None of both ends the
        pull. A page in order of change goes on from *seen*, since cursors expire; others from the
        cursor.
        """
        began = self.began or clock
        if cursor and seen:
            return replace(self, began=began, seen=seen, cursor=None)
        if cursor:
            return replace(self, began=began, cursor=cursor)
        if then:
            return Checkpoint(since=self.since, began=began, part=then)
        return Checkpoint(since=began)


def load(text: str | None) -> Checkpoint:
    """Read a checkpoint; None is the beginning. Raises: Malformed when it is none of ours."""
    if text is None:
        return Checkpoint()
    try:
        return msgspec.json.decode(text, type=Checkpoint)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Malformed(f"checkpoint: {error}") from error


def stamp(moment: datetime) -> str:
    """``"2025-08-20T10:00:00.000Z"``, in UTC, as Square writes times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
