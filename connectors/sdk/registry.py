"""The registry: connectors are found by their manifest, never imported by name elsewhere."""

import importlib
from functools import cache
from pathlib import Path
from typing import Any

from connectors.sdk import manifest
from connectors.sdk.capabilities import Connector

ROOT = Path(__file__).parent.parent


@cache
def discover() -> dict[str, manifest.Manifest]:
    """Return manifests by connector name, sorted, without importing any connector."""
    return {
        path.parent.name: manifest.load(path)
        for path in sorted(ROOT.glob("*/manifest.toml"))
        if path.parent.name not in ("sdk", "template")
    }


def load(name: str) -> Connector:
    """Import one connector. Raises: LookupError when there is none of that name."""
    if name not in discover():
        raise LookupError(f"no connector {name!r}; there are: {', '.join(discover())}")
    connector: Connector = importlib.import_module(f"connectors.{name}").CONNECTOR
    return connector


def has_simulator(name: str) -> bool:
    """True when the connector ships a simulator of its system."""
    return (ROOT / name / "simulator.py").exists()


def simulator(name: str) -> Any:
    """Import one connector's ``Simulator`` class (see connectors.sdk.simulator)."""
    return importlib.import_module(f"connectors.{name}.simulator").Simulator


def kit(name: str) -> Any | None:
    """Import one connector's ``KIT`` (see connectors.sdk.conformance.kit), None without one."""
    if not (ROOT / name / "kit.py").exists():
        return None
    return importlib.import_module(f"connectors.{name}.kit").KIT
