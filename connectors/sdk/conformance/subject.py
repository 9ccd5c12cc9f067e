"""Who is examined: a connector as it lies in its folder, imported when a check needs it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from connectors.sdk import registry
from connectors.sdk.capabilities import (
    Checks,
    Connector,
    Fetches,
    LooksUp,
    Performs,
    Pulls,
    ReceivesWebhooks,
)
from connectors.sdk.manifest import Manifest, load
from connectors.sdk.simulator import Clock, Simulator, World


class Client(Checks, Pulls, Fetches, ReceivesWebhooks, Performs, LooksUp, Protocol):
    """What a connector opens, as if it could everything. A check asks it for what is claimed."""


MakeSimulator = Callable[[World, Clock], Simulator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One connector. *simulator* is None for one that is proven against a running system."""

    name: str
    folder: Path
    manifest: Manifest
    connector: Callable[[], Connector]
    simulator: Callable[[], MakeSimulator] | None = None
    kit: Callable[[], object | None] = lambda: None

    @property
    def samples(self) -> dict[str, Path]:
        """Files by name: ``"webhooks/order"``."""
        folder = self.folder / "samples"
        files = sorted(folder.rglob("*.json"))
        return {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}

    def sample(self, name: str) -> Any:
        """Parse one sample. Raises: AssertionError when it is no JSON."""
        try:
            return json.loads(self.samples[name].read_text())
        except ValueError as error:
            raise AssertionError(f"samples/{name}.json must be JSON: {error}") from error


def subject(name: str) -> Subject:
    """Find a connector by its folder's name. Raises: LookupError; ValueError for its manifest."""
    folder = registry.folder(name)
    return Subject(
        name=name,
        folder=folder,
        manifest=load(folder / "manifest.toml"),
        connector=lambda: registry.load(name),
        simulator=(lambda: registry.simulator(name)) if registry.has_simulator(name) else None,
        kit=lambda: registry.kit(name),
    )
