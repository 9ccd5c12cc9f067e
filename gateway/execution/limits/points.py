"""Points as a sum of products: what does not depend on variables is added up beforehand.

orders(first: $n) { nodes { id lines { sku } } }     =     2 + $n * 6
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Factor = Callable[[Mapping[str, Any]], int]
"""A size or a condition (0 or 1) that the variables decide."""


@dataclass(frozen=True, slots=True)
class Points:
    """*fixed*, and each of *varying* as often as the variables say."""

    fixed: int = 0
    varying: tuple[tuple[Factor, "Points"], ...] = ()

    def under(self, variables: Mapping[str, Any]) -> int:
        """Return the points for *variables*, as a request gives them."""
        total = self.fixed
        for factor, each in self.varying:
            times = factor(variables)
            if times:
                total += times * each.under(variables)
        return total

    def __add__(self, other: "Points") -> "Points":
        return Points(self.fixed + other.fixed, self.varying + other.varying)

    def times(self, factor: int | Factor) -> "Points":
        """Return these points as often as *factor* says."""
        if callable(factor):
            return Points(0, ((factor, self),)) if self.fixed or self.varying else self
        inner = tuple((one, each.times(factor)) for one, each in self.varying) if factor else ()
        return Points(self.fixed * factor, inner)
