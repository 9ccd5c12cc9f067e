"""The connector to a flexcommerce marketplace, as one of its sellers. See README.md."""

from connectors.flexmarket.connector import Flexmarket

CONNECTOR = Flexmarket()
