"""The Odoo connector's only I/O: `client` is what the gateway opens, the rest is its parts."""

from connectors.odoo.connector.client import Odoo

__all__ = ["Odoo"]
