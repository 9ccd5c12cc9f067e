"""The door to one Odoo database: requests go out, checked rows come back, a no is raised."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.odoo import errors, requests
from connectors.odoo.mapping import wire
from connectors.odoo.mapping.wire import Row
from connectors.odoo.requests import Call, Domain, Json, Login, Search
from connectors.sdk.errors import Ambiguous, Malformed, Misconfigured
from connectors.sdk.http import Http, Request


class Door:
    """Calls in the name of one user.

    Concurrency: any number of tasks. Raises, from every method: Misconfigured, Throttled,
    Unavailable, Malformed; those that change something also Rejected and its kinds, and Ambiguous.
    """

    def __init__(self, http: Http, login: Login) -> None:
        self._http = http
        self._login = login
        self._uid: int | None = None
        self._lock = asyncio.Lock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time by Odoo's clock, as its last answer told it."""
        return datetime.now(UTC) + self._ahead

    async def version(self) -> str:
        answer = await self._answer(requests.version())
        version = answer.get("server_version") if isinstance(answer, dict) else None
        if not isinstance(version, str):
            raise Misconfigured("url: what answers there is no Odoo")
        return version

    async def uid(self) -> int:
        """Return the number of our user, asked for once. A wrong password answers false."""
        async with self._lock:
            if self._uid is None:
                answer = await self._answer(requests.authenticate(self._login))
                if isinstance(answer, bool) or not isinstance(answer, int):
                    raise Misconfigured("user, password: Odoo does not know them")
                self._uid = answer
            return self._uid

    async def search(self, search: Search) -> list[Row]:
        """Return at most ``search.size`` records."""
        request = requests.search(self._login, await self.uid(), search)
        return wire.rows(await self._answer(request))

    async def all(self, search: Search) -> list[Row]:
        """Return every record, asked for page by page in the order of ids."""
        found: list[Row] = []
        while True:
            after: Json = ["id", ">", found[-1].id if found else 0]
            page = await self.search(replace(search, domain=[*search.domain, after]))
            found += page
            if len(page) < search.size:
                return found

    async def find(self, search: Search) -> Row | None:
        """Return the first record, None when there is none."""
        found = await self.search(replace(search, size=1))
        return found[0] if found else None

    async def by_ids(
        self, model: str, fields: Sequence[str], ids: Sequence[int], **context: Json
    ) -> list[Row]:
        """Return these records, archived ones too; those that are gone are not among them."""
        if not ids:
            return []
        domain: Domain = [["id", "in", sorted(set(ids))]]
        context = {**requests.HIDDEN, **context}
        return await self.all(Search(model=model, fields=fields, domain=domain, context=context))

    async def create(self, model: str, values: Mapping[str, Json]) -> int:
        answer = await self.call(Call(model=model, method="create", args=[values]))
        if isinstance(answer, bool) or not isinstance(answer, int):
            raise Ambiguous("created, and the answer is no id")
        return answer

    async def write(self, model: str, ids: Sequence[int], values: Mapping[str, Json]) -> None:
        await self.call(Call(model=model, method="write", args=[list(ids), values]))

    async def press(self, model: str, button: str, ids: Sequence[int]) -> Any:
        """Call a method of these records, as one of Odoo's buttons does."""
        return await self.call(Call(model=model, method=button, args=[list(ids)]))

    async def call(self, call: Call) -> Any:
        return await self._answer(requests.call(self._login, await self.uid(), call))

    async def _answer(self, request: Request) -> Any:
        response = await self._http.send(request)
        if response.status >= 300:
            raise Misconfigured(f"url: what answers there is no Odoo: HTTP {response.status}")
        with suppress(KeyError, ValueError, TypeError):
            # What stands before Odoo may leave the date out, or write none.
            self._ahead = parsedate_to_datetime(response.headers["date"]) - datetime.now(UTC)
        try:
            return errors.result(response.json())
        except Malformed as error:
            if request.is_safe:
                raise
            raise Ambiguous(f"sent, and not understood what came back: {error}") from error
