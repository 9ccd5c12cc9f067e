"""Amazon: a seller's account, spoken to over the Selling Partner API.

Orders 2026-01-01, FBA Inventory v1, External Fulfillment 2024-09-11, and notifications that
EventBridge posts.
"""

from collections.abc import Mapping

from connectors.amazon.client.exchange import Exchange
from connectors.amazon.connector import Client
from connectors.amazon.requests import login
from connectors.amazon.requests.login import Credentials
from connectors.sdk.auth import Authorized, had_from
from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Http


class Amazon:
    """What ``CONNECTOR`` is."""

    def open(self, settings: Mapping[str, str], http: Http) -> Client:
        """Make a client of one seller's account. Raises: Misconfigured, naming the setting."""
        for name in ("url", "client_id", "client_secret", "refresh_token", "marketplace_ids"):
            if not settings.get(name):
                raise Misconfigured(f"{name}: not set")
        marketplaces = tuple(one.strip() for one in settings["marketplace_ids"].split(","))
        if not all(one.isalnum() and one.isascii() for one in marketplaces):
            raise Misconfigured("marketplace_ids: ids with commas between them")
        credentials = Credentials(
            client_id=settings["client_id"],
            client_secret=settings["client_secret"],
            refresh_token=settings["refresh_token"],
        )
        try:
            token_door = http.at(settings.get("auth_url") or login.TOKEN_URL)
        except Misconfigured as error:
            raise Misconfigured("auth_url: not an http(s) address") from error
        fetch = had_from(token_door, credentials.grant, login.read)
        door = Authorized(http.at(settings["url"], login.AGENT), fetch, login.header)
        return Client(Exchange(door), marketplaces)


CONNECTOR = Amazon()

__all__ = ["CONNECTOR"]
