"""The kinds of systems that can be connected, and how far each can be relied on."""

import asyncio
from functools import lru_cache
from typing import Any

import strawberry

from connectors.sdk import registry
from connectors.sdk.conformance import levels
from connectors.sdk.conformance.levels import Report
from connectors.sdk.manifest import Manifest
from gateway.auth.scopes import Scope
from resolvers.access import requires
from resolvers.paging import sized


@strawberry.type(description="One thing that a quality level asks of a connector.")
class ConnectorRule:
    """Resolved from `connectors.sdk.conformance.levels.LevelRule`."""

    level: str = strawberry.field(description="bronze, silver or gold.")
    name: str = strawberry.field(description="The rule.")
    why: str = strawberry.field(description="What it is for.")
    lacks: str | None = strawberry.field(description="What is not there; null when it holds.")


@strawberry.type(description="A rule of the kit that cannot hold for a system, and why.")
class ConnectorExemption:
    rule: str = strawberry.field(description="The rule, and the claim it is about.")
    reason: str = strawberry.field(description="What of the vendor's makes it impossible.")


@strawberry.type(description="A kind of system that can be connected.")
class Connector:
    """What its manifest claims, and what its folder shows for it."""

    name: str = strawberry.field(description='What `gateway connection add` takes: "shopify".')
    title: str = strawberry.field(description="For people.")
    kinds: list[str] = strawberry.field(description="shop, pos, marketplace, warehouse, carrier.")
    api: str = strawberry.field(description="The vendor's interface and its version.")
    capabilities: list[str] = strawberry.field(description="What it can do; all else is refused.")
    level: str = strawberry.field(description="bronze, silver or gold, as its manifest says.")
    earned: str = strawberry.field(description="The level that its folder shows.")
    evidence: str = strawberry.field(description="Proven against a running system, or a contract.")
    rules: list[ConnectorRule] = strawberry.field(
        description="What the levels ask for.", directives=sized(70)
    )
    exemptions: list[ConnectorExemption] = strawberry.field(
        description="What of the kit it is not held to."
    )


@strawberry.type
class ConnectorQueries:
    @strawberry.field(
        description="The kinds of systems that can be connected, by name.",
        graphql_type=list[Connector],
        directives=requires(Scope.CONNECTIONS_READ) + sized(20),
    )
    async def connectors(self) -> Any:
        return await asyncio.to_thread(_all, tuple(registry.folders()))


@lru_cache(maxsize=1)
def _all(_: tuple[str, ...]) -> list[Connector]:
    """Reads files for some seconds, once: what is installed does not change under a process."""
    found = registry.discover()
    return [_connector(name, manifest, levels.report(name)) for name, manifest in found.items()]


def _connector(name: str, manifest: Manifest, report: Report) -> Connector:
    exempt = sorted(report.exempt.items())
    return Connector(
        name=name,
        title=manifest.name,
        kinds=[str(kind) for kind in manifest.kinds],
        api=manifest.api,
        capabilities=list(manifest.capabilities),
        level=report.level,
        earned=report.earned,
        evidence=report.evidence,
        rules=[
            ConnectorRule(level=one.level, name=one.name, why=one.why, lacks=one.lacks)
            for one in report.rules
        ],
        exemptions=[ConnectorExemption(rule=rule, reason=why) for rule, why in exempt],
    )
