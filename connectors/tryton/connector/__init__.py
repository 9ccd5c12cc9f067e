"""The Tryton connector's only I/O: `client` is what the gateway opens, the rest is its parts."""

from connectors.tryton.connector.client import Tryton

__all__ = ["Tryton"]
