"""Requests to Odoo's JSON-RPC. Pure: what is sent, not the sending.

Source: odoo 11.0 http.py (/jsonrpc), service/common.py, service/model.py. Odoo 19 adds JSON-2 and
announces the end of /jsonrpc for 22.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

from connectors.sdk.http import Request

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Domain: TypeAlias = Sequence[Json]
"""Odoo's way to say which records: ``[["state", "=", "draft"], ["id", ">", 7]]``; all must hold,
but for an ``"|"`` in front of two of them."""

PAGE = 250
"""Records that a search gives at most here. Odoo has no limit of its own."""

ENGLISH: Mapping[str, Json] = {"lang": "en_US"}
"""Context of every call: names come untranslated, and so do refusals, which are told apart by their
text where Odoo gives no other sign (see `errors.MESSAGES`)."""

HIDDEN: Mapping[str, Json] = {"active_test": False}
"""Context in which a search finds what was archived, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Whom we are to one database. *password* may be an API key from Odoo 14 on."""

    database: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which records, and which of their fields. *order* is by id unless it says otherwise: only so
    can a scan go on after the last id it saw."""

    model: str
    fields: Sequence[str]
    domain: Domain = ()
    order: str = "id"
    size: int = PAGE
    context: Mapping[str, Json] = field(default_factory=dict)


def version() -> Request:
    return _rpc("common", "version", [], is_safe=True)


def authenticate(login: Login) -> Request:
    args: Sequence[Json] = [login.database, login.user, login.password, {}]
    return _rpc("common", "authenticate", args, is_safe=True)


def search(login: Login, uid: int, search: Search) -> Request:
    given: Mapping[str, Json] = {
        "domain": search.domain,
        "fields": search.fields,
        "limit": search.size,
        "order": search.order,
        "context": {**ENGLISH, **search.context},
    }
    args: Sequence[Json] = [
        login.database, uid, login.password, search.model, "search_read", [], given
    ]  # fmt: skip
    return _rpc("object", "execute_kw", args, is_safe=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method of a model that changes something, with its arguments by place."""

    model: str
    method: str
    args: Sequence[Json]
    context: Mapping[str, Json] = field(default_factory=dict)


def call(login: Login, uid: int, call: Call) -> Request:
    given: Mapping[str, Json] = {"context": {**ENGLISH, **call.context}}
    args: Sequence[Json] = [
        login.database, uid, login.password, call.model, call.method, call.args, given
    ]  # fmt: skip
    return _rpc("object", "execute_kw", args, is_safe=False)


def _rpc(service: str, method: str, args: Sequence[Json], *, is_safe: bool) -> Request:
    params: Mapping[str, Json] = {"service": service, "method": method, "args": args}
    return Request(
        method="POST",
        path="/jsonrpc",
        is_safe=is_safe,
        json={"jsonrpc": "2.0", "method": "call", "id": 1, "params": params},
    )


def time(moment: datetime) -> str:
    """Write an aware *moment* as Odoo compares it: UTC, without a zone, in whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def decimal(value: Decimal) -> float:
    """Write an amount as JSON-RPC takes it. Odoo keeps prices as numeric with two digits or a few
    more, so that the nearest float is rounded to the same amount there."""
    return float(value)


def like(text: str) -> str:
    """Escape *text* for ``like`` and ``=ilike``, in which _ and % stand for anything."""
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return text
