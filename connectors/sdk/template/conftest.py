"""Lets pytest import this connector where it lies outside the gateway's own folder of them."""

from pathlib import Path

from connectors.sdk import registry

registry.include(Path(__file__).parent.parent)
