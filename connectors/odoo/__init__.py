"""Odoo as an ERP's warehouse (WMS), its tills (POS) and its sales."""

from collections.abc import Mapping

from connectors.odoo.connector import Odoo
from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Http


class _Connector:
    def open(self, settings: Mapping[str, str], http: Http) -> Odoo:
        for name in ("url", "database", "user", "password"):
            if not settings.get(name):
                raise Misconfigured(f"{name}: not given")
        return Odoo(settings, http)


CONNECTOR = _Connector()
