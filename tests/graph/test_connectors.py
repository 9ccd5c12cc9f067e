"""What can be connected, and how far it can be relied on, as the graph tells it."""

from connectors.sdk import registry
from connectors.sdk.conformance import levels
from tests.gateways import GatewayUnderTest

DOCUMENT = """{ connectors { name kinds capabilities level earned evidence
  rules { level name why lacks } exemptions { rule reason } } }"""


async def test_every_connector_says_what_it_can_do_and_what_that_rests_on(
    gateway: GatewayUnderTest,
) -> None:
    """Its claims, its level, what the next one lacks, and what it is exempt from."""
    found = {one["name"]: one for one in (await gateway.data(DOCUMENT))["connectors"]}
    assert list(registry.discover()) == list(found)
    for name, manifest in registry.discover().items():
        report = levels.report(name)
        shown = found[name]
        assert list(manifest.capabilities) == shown["capabilities"]
        assert (report.level, report.earned) == (shown["level"], shown["earned"])
        assert dict(manifest.quality.exempt) == {
            one["rule"]: one["reason"] for one in shown["exemptions"]
        }
        assert [rule.name for rule in report.rules] == [one["name"] for one in shown["rules"]]
