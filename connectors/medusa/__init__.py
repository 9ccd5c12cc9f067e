"""The connector to Medusa, a shop server. What it reads and writes: README.md, manifest.toml."""

from connectors.medusa.connector import Medusa

CONNECTOR = Medusa()
