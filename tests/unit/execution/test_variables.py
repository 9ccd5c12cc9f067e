"""Variables are bounded, and hold nothing that a store does not."""

from typing import Any

import pytest

from gateway.execution.limits.refusal import RequestError
from gateway.execution.limits.variables import check
from gateway.settings.limits import Limits

SMALL = Limits(max_variables_depth=3, max_variables_values=6)


def refusal(variables: dict[str, Any], limits: Limits) -> Any:
    with pytest.raises(RequestError) as refused:
        check(variables, limits)
    cause: Any = refused.value.errors[0].original_error
    return cause.limit, cause.maximum, cause.actual


def deep(levels: int) -> Any:
    """Return a value that is nested so deep, in lists and objects by turns."""
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"x": value}
    return value


def test_variables_that_are_too_deep_are_refused() -> None:
    """However deep they are."""
    check({"a": deep(2)}, SMALL)
    assert ("variables_depth", 3, 4) == refusal({"a": deep(3)}, SMALL)
    assert ("variables_depth", 32, 33) == refusal({"a": deep(50_000)}, Limits())


def test_variables_that_are_too_many_are_refused() -> None:
    """Counted in all lists and objects, these too, and the variables themselves as one."""
    check({"a": [1, 2], "b": {"c": None}}, SMALL)
    assert ("variables_values", 6, 7) == refusal({"a": [1, 2], "b": {"c": None, "d": 1}}, SMALL)
    assert ("variables_values", 10_000, 10_003) == refusal({"a": [0] * 10_001}, Limits())


@pytest.mark.parametrize("wrong", ["\0", ["\0"], {"x": {"y": ["a\0"]}}])
def test_text_with_nul_is_the_callers_mistake(wrong: Any) -> None:
    """Wherever it stands, on every store."""
    with pytest.raises(RequestError) as refused:
        check({"a": wrong}, Limits())
    assert {"code": "BAD_USER_INPUT"} == refused.value.errors[0].extensions
