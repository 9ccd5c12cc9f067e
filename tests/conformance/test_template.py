"""What ``gateway connector new`` copies is a connector itself, and keeps every rule as it lies."""

import pytest

from connectors.sdk import conformance, manifest, registry, template
from connectors.sdk.conformance import Case, Subject
from connectors.sdk.template.kit import KIT
from connectors.sdk.template.simulator import Simulator

TEMPLATE = Subject(
    name="template",
    folder=registry.TEMPLATE,
    manifest=manifest.load(registry.TEMPLATE / "manifest.toml"),
    connector=lambda: template.CONNECTOR,
    simulator=lambda: Simulator,
    kit=lambda: KIT,
)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.id) for case in conformance.cases(TEMPLATE)]
)
async def test_the_template_keeps_every_rule(case: Case) -> None:
    """And is exempt from none."""
    assert await conformance.judge(case) is None
