"""ShipBob: a 3PL's warehouses, spoken to over its REST API 2026-01 and Standard Webhooks."""

from connectors.shipbob.connector import ShipBob

CONNECTOR = ShipBob()

__all__ = ["CONNECTOR"]
