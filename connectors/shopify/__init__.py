"""Shopify: the Admin GraphQL API 2026-10 and its webhooks."""

from connectors.shopify.connector import Connector

CONNECTOR = Connector()
