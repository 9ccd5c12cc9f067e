"""Every connector there is, put to every rule that its manifest calls for.

pytest tests/conformance/test_connectors.py -k "easypost and buy_label"
"""

from collections.abc import Iterator

import pytest

from connectors.sdk import conformance, registry
from connectors.sdk.conformance import Case


def _cases() -> Iterator[Case]:
    for name in registry.discover():
        yield from conformance.cases(conformance.subject(name))


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in _cases()])
async def test_what_is_claimed_holds(case: Case) -> None:
    """What a connector claims it does, and what it does not claim it refuses."""
    reason = await conformance.judge(case)
    if reason is not None:
        pytest.xfail(f"exempt: {reason}")
