"""Acme: an imaginary web shop, REST v1."""

from connectors.sdk.template.connector import AcmeConnector

CONNECTOR = AcmeConnector()
