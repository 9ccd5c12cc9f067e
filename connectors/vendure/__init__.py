"""The connector to Vendure, a shop server. What it reads and writes: README.md, manifest.toml."""

from connectors.vendure.connector import Vendure

CONNECTOR = Vendure()
