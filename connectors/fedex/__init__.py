"""FedEx: where parcels are, Track API v1 (Basic Integrated Visibility)."""

from connectors.fedex.connector import FedexConnector

CONNECTOR = FedexConnector()
