"""Shippo: carrier labels and tracking, REST API 2018-02-08."""

from connectors.shippo.connector import ShippoConnector

CONNECTOR = ShippoConnector()
