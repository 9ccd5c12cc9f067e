"""The SKUs of a system that calls things otherwise than we do. Pure.

skus = SkuMap.of({"TEE-M": ["B00X", "TEE-M-FBA"]})  # ours: theirs, of which the first goes out
skus.inward(record)    # B00X and TEE-M-FBA are TEE-M here
skus.outward(command)  # TEE-M is B00X there
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self, TypeVar

from connectors.sdk.commands import Command, RequestedLine
from connectors.sdk.errors import Rejected
from connectors.sdk.records import Record
from connectors.sdk.values import LineQuantity, sku_key

R = TypeVar("R", bound=Record)

_PARTS = ("lines", "variants")
"""Fields of records and commands that hold what has a SKU of its own."""


@dataclass(frozen=True, slots=True)
class SkuMap:
    """Both ways of one connection's map, by `sku_key`. What it does not name is called the same
    here and there."""

    _ours: Mapping[str, str] = field(default_factory=dict)
    _theirs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Mapping[str, Sequence[str]]) -> Self:
        """Read a map that `gateway.settings` found to be unambiguous."""
        return cls(
            {sku_key(one): ours for ours, theirs in names.items() for one in theirs},
            {sku_key(ours): theirs[0] for ours, theirs in names.items()},
        )

    def inward(self, record: R) -> R:
        """Return *record* in our SKUs; where it keeps the system's own word, that is kept."""
        return self._within(record, self._named_here) if self._ours else record

    def outward(self, command: Command) -> Command:
        """Return *command* in the system's SKUs.

        Raises: Rejected when it names something by its SKU alone that has none there: our SKU is
        what the system calls another thing.
        """
        return self._within(command, self._named_there) if self._theirs else command

    def _within(self, whole: Any, named: Any) -> Any:
        """Apply *named* to all in *whole*, itself included, that has a SKU."""
        names = {one.name for one in fields(whole)}
        parts = {
            name: tuple(named(part) for part in getattr(whole, name))
            for name in names.intersection(_PARTS)
        }
        whole = replace(whole, **parts) if parts else whole
        return named(whole) if "sku" in names else whole

    def _named_here(self, part: Any) -> Any:
        ours = self._ours.get(sku_key(part.sku)) if part.sku else None
        if ours is None:
            return part
        if hasattr(part, "external_sku"):
            return replace(part, sku=ours, external_sku=part.sku)
        return replace(part, sku=ours)

    def _named_there(self, part: Any) -> Any:
        if not part.sku:
            return part
        key = sku_key(part.sku)
        if key not in self._theirs and key in self._ours:
            _require_other_name(part)
            return replace(part, sku=None)
        return replace(part, sku=self._theirs.get(key, part.sku))


SAME = SkuMap()
"""Of a connection that calls everything as we do."""


def _require_other_name(part: Any) -> None:
    """Raises: Rejected unless *part* names what it means by an id, too."""
    match part:
        case RequestedLine() | LineQuantity(line_id=None):
            message = f"{part.sku} is another thing there, and the map has no SKU for ours"
            raise Rejected(message, code="UNMAPPED_SKU", field="sku")
