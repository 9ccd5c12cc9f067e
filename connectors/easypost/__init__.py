"""EasyPost: carrier labels and tracking, REST v2."""

from connectors.easypost.connector import EasyPostConnector

CONNECTOR = EasyPostConnector()
