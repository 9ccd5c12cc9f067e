"""Tryton as a warehouse (WMS) and a till (POS)."""

from collections.abc import Mapping

from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Http
from connectors.tryton.connector import Tryton


class _Connector:
    def open(self, settings: Mapping[str, str], http: Http) -> Tryton:
        for name in ("url", "rest_key"):
            if not settings.get(name):
                raise Misconfigured(f"{name}: not given")
        return Tryton(settings, http)


CONNECTOR = _Connector()
