"""The door to one Tryton database: requests go out, checked rows come back, a no is raised."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.sdk.errors import ConnectorError, Malformed, Misconfigured, Missing
from connectors.sdk.http import Http, Request
from connectors.tryton import errors, requests
from connectors.tryton.mapping import wire
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Json, Search

STATE = ("state",)
"""What is asked back of a button: did it do what it says?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A person's account, for what only JSON-RPC can do."""

    user: str
    password: str = field(repr=False)


class Session:
    """A JSON-RPC session: open it with `Door.session`."""

    def __init__(self, http: Http, header: str, company: int) -> None:
        self._http = http
        self._header = header
        self._context: dict[str, Json] = {"company": company}

    async def call(
        self, method: str, *params: Json, context: Mapping[str, Json] | None = None
    ) -> Any:
        """Call *method*, its last parameter being the context.

        Raises: as `errors.result`, Unavailable, Ambiguous.
        """
        merged: dict[str, Json] = {**self._context, **(context or {})}
        request = requests.call(method, *params, merged, session=self._header)
        return errors.result((await self._http.send(request)).json())

    async def read(self, model: str, id: int, *fields: str) -> Row:
        """Read one record as it is now. Raises: Missing, Unavailable, Ambiguous."""
        found = wire.rows(await self.call(f"model.{model}.read", [id], list(fields)))
        if len(found) != 1:
            raise Malformed(f"$: {len(found)} records for one id")
        return found[0]


class Door:
    """REST in the name of one company, and JSON-RPC sessions for whoever is allowed to.

    Concurrency: any number of tasks. Raises, from every method: Misconfigured, Throttled,
    Unavailable, Malformed; those that change something also Rejected and its kinds, and Ambiguous.
    """

    def __init__(self, http: Http, company: int, login: Login | None) -> None:
        self.company = company
        self._http = http
        self._rest = requests.Rest(company=company)
        self._login = login
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time by Tryton's clock, as its last answer told it."""
        return datetime.now(UTC) + self._ahead

    async def search(self, search: Search) -> list[Row]:
        """Return at most ``search.size`` records."""
        try:
            return wire.rows(await self._answer(self._rest.search(search)))
        except Missing as error:
            # A search that finds nothing says so with an empty list.
            raise Misconfigured("url, database: there is no such database") from error

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

    async def create(
        self, model: str, values: Mapping[str, Json], fields: Sequence[str] = ("id",)
    ) -> Row:
        return wire.row(await self._answer(self._rest.create(model, values, fields)))

    async def write(
        self, model: str, id: int, values: Mapping[str, Json], fields: Sequence[str] = ("id",)
    ) -> Row:
        return wire.row(await self._answer(self._rest.write(model, id, values, fields)))

    async def press(self, model: str, id: int, button: str) -> str:
        """Press a button and return the state that the record is in then.

        A press can be answered 200 and leave the state as it was: look at it.
        """
        answer = await self._answer(self._rest.press(model, id, button, STATE))
        return wire.row(answer).text("state")

    async def delete(self, model: str, id: int) -> None:
        errors.raise_for_status(await self._http.send(self._rest.delete(model, id)))

    def require_login(self) -> Login:
        """Raises: Misconfigured, naming the settings, when there is no account for JSON-RPC."""
        if self._login is None:
            raise Misconfigured("user, password: needed to cancel what Tryton is processing")
        return self._login

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Log in, and log out at the end whatever happened.

        Raises: Misconfigured when the account is not given or refused.
        """
        login = self.require_login()
        params = (login.user, {"password": login.password}, "en")
        request = requests.call("common.db.login", *params, is_safe=True)
        header = _session_header(login.user, errors.result((await self._http.send(request)).json()))
        try:
            yield Session(self._http, header, self.company)
        finally:
            # A session that could not be closed ends by itself; what was done stays done.
            with suppress(ConnectorError):
                await self._http.send(requests.call("common.db.logout", session=header))

    async def _answer(self, request: Request) -> Any:
        response = await self._http.send(request)
        errors.raise_for_status(response)
        if "date" in response.headers:
            self._ahead = parsedate_to_datetime(response.headers["date"]) - datetime.now(UTC)
        return response.json()


def _session_header(user: str, answer: Any) -> str:
    match answer:
        case [int() as user_id, str() as token, *_]:
            return requests.session_header(user, user_id, token)
        case _:
            raise Malformed("$.result: not a session")
