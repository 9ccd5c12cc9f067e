"""karrio: one API to many carriers, spoken to over HTTP.

Its SDK is not used: it blocks, sets no timeouts, and importing it turns off TLS checks.
"""

from connectors.karrio.connector import CONNECTOR

__all__ = ["CONNECTOR"]
