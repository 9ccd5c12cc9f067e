"""Requests to Tryton's two APIs. Pure: what is sent, not the sending.

REST is used for everything that it can do. JSON-RPC is used where REST cannot: the wizard that
settles a shipment exception, and buttons that must be pressed only if nobody wrote the record in
the meanwhile (``_timestamp``, which REST does not look at).

Source: trytond 8.2 protocols/rest.py, protocols/dispatcher.py, rpc.py.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from connectors.sdk.http import Request

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
Domain: TypeAlias = Sequence[Json]
"""Tryton's way to say which records: ``[["state", "=", "draft"], ["id", ">", 7]]``."""

PAGE = 250
"""Records a search gives at most here. Tryton has no limit of its own: without one, all come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which records, and which of their fields. *order* is by id unless it says otherwise: only so
    can a scan go on after the last id it saw."""

    model: str
    fields: Sequence[str]
    domain: Domain = ()
    order: Sequence[Sequence[str]] = (("id", "ASC"),)
    size: int = PAGE
    context: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Requests in the name of one *company*. Its id goes with each: without it prices, which are
    values per company, come back null, and a search shows the records of no company at all."""

    company: int

    def search(self, search: Search) -> Request:
        query = [("f", name) for name in search.fields]
        query += [("d", _base64(search.domain)), ("o", _base64(search.order))]
        query.append(("s", str(search.size)))
        return Request(
            method="GET",
            path=f"/rest/model/{search.model}",
            is_safe=True,
            query=tuple(query),
            headers=self._headers(search.context),
        )

    def create(self, model: str, values: Mapping[str, Json], fields: Sequence[str]) -> Request:
        return self._change("POST", model, values, fields)

    def write(
        self, model: str, id: int, values: Mapping[str, Json], fields: Sequence[str]
    ) -> Request:
        return self._change("PUT", f"{model}/{id}", values, fields)

    def press(self, model: str, id: int, button: str, fields: Sequence[str]) -> Request:
        """Press one of the *button*s that the user sees on this record."""
        return self._change("POST", f"{model}/{id}/{button}", {}, fields)

    def delete(self, model: str, id: int) -> Request:
        return self._change("DELETE", f"{model}/{id}", {}, ())

    def _change(
        self, method: str, path: str, values: Mapping[str, Json], fields: Sequence[str]
    ) -> Request:
        return Request(
            method=method,
            path=f"/rest/model/{path}",
            is_safe=False,
            query=tuple(("f", name) for name in fields),
            json=values,
            headers=self._headers({}),
        )

    def _headers(self, context: Mapping[str, Json]) -> dict[str, str]:
        context = {"company": self.company, **context}
        # English, because refusals are told apart by their text: see errors.MESSAGES.
        return {"x-tryton-context": _base64(context), "accept-language": "en"}


def call(method: str, *params: Json, session: str | None = None, is_safe: bool = False) -> Request:
    """Return a JSON-RPC call, in the name of *session* (see `session_header`)."""
    return Request(
        method="POST",
        path="/rpc/",
        is_safe=is_safe,
        json={"id": 0, "method": method, "params": params},
        headers={} if session is None else {"authorization": session},
    )


def session_header(user: str, user_id: int, token: str) -> str:
    """Return the header that a JSON-RPC session is known by."""
    return f"Session {base64.b64encode(f'{user}:{user_id}:{token}'.encode()).decode()}"


def decimal(value: Decimal) -> Json:
    return {"__class__": "Decimal", "decimal": str(value)}


def time(moment: datetime) -> Json:
    """Write an aware *moment* in UTC as Tryton compares it: to the microsecond, without a zone."""
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{part: getattr(moment, part) for part in parts}}


def like(text: str) -> str:
    """Escape *text* for ``like`` and ``ilike``, in which _ and % stand for anything."""
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return text


def _base64(value: Json) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode()
