"""The registry: connectors are found by their manifest, never imported by name elsewhere.

A connector is a folder in one of the folders that the package `connectors` consists of: its own,
and those that were included.
"""

import importlib
from functools import cache
from pathlib import Path
from typing import Any

import connectors
from connectors.sdk import manifest
from connectors.sdk.capabilities import Connector

ROOT = Path(__file__).parent.parent
TEMPLATE = Path(__file__).parent / "template"
"""What `gateway connector new` copies."""
RESERVED = ("sdk", "template")
"""Names of folders that are no connectors."""


def include(place: Path) -> None:
    """Find the connectors in *place*, too, and import them from there as ``connectors.<name>``.

    A folder within one that is looked through already changes nothing.

    Raises: ValueError when it is no folder, or one of its connectors has the name of another.
    """
    place = place.resolve()
    if any(place.is_relative_to(one) for one in map(Path, connectors.__path__)):
        return
    if not place.is_dir():
        raise ValueError(f"{place}: not a folder")
    for name in _within(place):
        if name in RESERVED or name in folders():
            taken = folders().get(name, ROOT / name)
            raise ValueError(f"{place / name}: its name is taken, by {taken}")
    connectors.__path__.append(str(place))
    importlib.invalidate_caches()
    forget()


def forget() -> None:
    """Look again: a connector has come since."""
    folders.cache_clear()
    discover.cache_clear()


def _within(place: Path) -> list[str]:
    return [path.parent.name for path in place.glob("*/manifest.toml")]


@cache
def folders() -> dict[str, Path]:
    """Return the folders of connectors by name, sorted, without reading any manifest."""
    found = {
        name: place / name
        for place in map(Path, connectors.__path__)
        for name in _within(place)
        if name not in RESERVED
    }
    return dict(sorted(found.items()))


def folder(name: str) -> Path:
    """Return a connector's folder. Raises: LookupError when there is none of that name."""
    if name not in folders():
        raise LookupError(f"no connector {name!r}; there are: {', '.join(folders())}")
    return folders()[name]


@cache
def discover() -> dict[str, manifest.Manifest]:
    """Return manifests by connector name, sorted, without importing any connector."""
    return {name: manifest.load(path / "manifest.toml") for name, path in folders().items()}


def load(name: str) -> Connector:
    """Import one connector. Raises: LookupError when there is none of that name."""
    folder(name)
    connector: Connector = importlib.import_module(f"connectors.{name}").CONNECTOR
    return connector


def has_simulator(name: str) -> bool:
    """True when the connector ships a simulator of its system."""
    return (folder(name) / "simulator.py").exists()


def simulator(name: str) -> Any:
    """Import one connector's ``Simulator`` class (see connectors.sdk.simulator)."""
    return importlib.import_module(f"connectors.{name}.simulator").Simulator


def kit(name: str) -> Any | None:
    """Import one connector's ``KIT`` (see connectors.sdk.conformance.kit), None without one."""
    if not (folder(name) / "kit.py").exists():
        return None
    return importlib.import_module(f"connectors.{name}.kit").KIT
