"""UPS: where parcels are, Track API v1 and Track Alert v2."""

from connectors.ups.connector import UpsConnector

CONNECTOR = UpsConnector()
