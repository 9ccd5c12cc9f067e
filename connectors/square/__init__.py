"""Square: tills, their catalog and their stock."""

from collections.abc import Mapping

from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Http
from connectors.square.connector import Square
from connectors.square.requests.reads import VERSION


class _Connector:
    def open(self, settings: Mapping[str, str], http: Http) -> Square:
        """Make a client of one seller. No I/O. Raises: Misconfigured, naming the setting."""
        for name in ("url", "access_token"):
            if not settings.get(name):
                raise Misconfigured(f"{name}: absent")
        token = settings["access_token"]
        headers = {"authorization": f"Bearer {token}", "square-version": VERSION}
        return Square(http.at(settings["url"], headers))


CONNECTOR = _Connector()
