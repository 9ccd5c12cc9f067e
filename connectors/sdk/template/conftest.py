"""Lets pytest import the connectors of this folder, as `connectors.<name>`."""

from pathlib import Path

from connectors.sdk import registry

registry.include(Path(__file__).parent)
