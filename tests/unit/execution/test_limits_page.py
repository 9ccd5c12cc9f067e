"""docs/reference/limits.md says what the code does."""

import re
from pathlib import Path

import pytest

from gateway.execution import admit, present, validate
from gateway.execution.limits import cost, sizes
from gateway.settings.limits import Budget, Limits
from resolvers.paging import DEFAULT_PAGE, LARGEST_PAGE

PAGE = (Path(__file__).parents[3] / "docs/reference/limits.md").read_text()
TEXT = " ".join(PAGE.split())


def test_every_limit_has_its_row() -> None:
    """Name, setting, default and what it counts; and there is no row for what is gone."""
    expected = {
        f"| `{name[4:]}` | `GATEWAY_{name.upper()}` | {field.default:,} | {field.description} |"
        for name, field in Limits.model_fields.items()
        if name.startswith("max_") and name != "max_cost"
    }
    assert expected == set(re.findall(r"^\| `[a-z_]+` \| `GATEWAY_.*$", PAGE, re.MULTILINE))


def test_every_budget_has_its_row() -> None:
    """By role, strangers first."""
    expected = [
        f"| {name[7:]} | `GATEWAY_{name.upper()}` "
        f"| {field.default.maximum:,} | {field.default.restore_per_s:,} |"
        for name, field in Limits.model_fields.items()
        if isinstance(field.default, Budget)
    ]
    assert expected == re.findall(r"^\| [a-z]+ \| `GATEWAY_BUDGET.*$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(
    "said",
    [
        f"more than {present.LONGEST_MESSAGE} characters",
        f"{validate.MAX_ERRORS} errors are told at most",
        f"A page has {LARGEST_PAGE} rows at most",
        f"and {DEFAULT_PAGE} where no size is said",
        f"(`first`, `last`; {sizes.PAGE} where it is unsaid)",
        f"another list counts for {sizes.ASSUMED} items",
        f"every operation {cost.OPERATION} besides",
        f"each field of a mutation costs {cost.MUTATION} besides",
        f"`__schema`, `__type` and `_service` cost {cost.SCHEMA:,}",
        f"1 point for each {admit.READ_CHARACTERS} characters",
        f"may cost {Limits().max_cost:,} points at most (`GATEWAY_MAX_COST`)",
    ],
)
def test_the_numbers_in_the_text_are_those_of_the_code(said: str) -> None:
    """Word for word."""
    assert said in TEXT
