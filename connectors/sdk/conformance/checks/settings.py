"""Settings: all that are read are declared, what is missing is named, and secrets stay secret."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.conformance import claims
from connectors.sdk.conformance.specimens import Call, calls
from connectors.sdk.conformance.stage import HASTY, HOOK, nowhere, staging, stand_ins
from connectors.sdk.conformance.subject import Client, Subject
from connectors.sdk.errors import ConnectorError, Misconfigured
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Http
from connectors.sdk.manifest import Setting

_CANARY = "C4naryC4naryC4nary00"
"""Also good base64, which some secrets have to be."""
_SECRET_WORDS = ("secret", "password", "token", "key")
_DEEPEST = 4


class _Given(Mapping[str, str]):
    """Settings that keep in mind which of them were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("settings must be asked for by name, so that what is read shows")

    def __len__(self) -> int:
        return len(self._values)


@asynccontextmanager
async def _door() -> AsyncIterator[Http]:
    async with aiohttp.ClientSession() as session:
        yield Http(session, "http://127.0.0.1:9", bounds=HASTY)


async def check_a_missing_setting_is_named(subject: Subject, name: str) -> None:
    """open must raise Misconfigured naming a required setting that is absent or empty."""
    absent = stand_ins(subject)
    del absent[name]
    async with _door() as door:
        for settings in (absent, {**absent, name: ""}):
            said = _refusal(subject, settings, door)
            assert name in said, f"open must name {name} when it is missing; it says: {said}"


def _refusal(subject: Subject, settings: Mapping[str, str], door: Http) -> str:
    """What open says against *settings*."""
    try:
        subject.connector().open(settings, door)
    except Misconfigured as error:
        return str(error)
    return "nothing"


async def check_settings_read_are_those_declared(subject: Subject) -> None:
    """open must read every setting that is declared, and no other."""
    given = _Given(stand_ins(subject))
    async with _door() as door:
        subject.connector().open(given, door)
    declared = set(subject.manifest.settings)
    undeclared = sorted(given.read - declared)
    assert not undeclared, f"settings must be declared to be read: {', '.join(undeclared)}"
    unread = sorted(declared - given.read - {claims.WEBHOOK_SECRET})
    assert not unread, f"settings must be read to be declared: {', '.join(unread)}"


async def check_optional_settings_may_be_left_out(subject: Subject) -> None:
    """open must do with the required settings alone."""
    declared = subject.manifest.settings
    settings = {name: one for name, one in stand_ins(subject).items() if declared[name].required}
    async with _door() as door:
        said = _refusal(subject, settings, door)
    assert said == "nothing", f"open must do with the required settings alone; it says: {said}"


async def check_an_address_that_is_none_is_refused(subject: Subject) -> None:
    """open must raise Misconfigured naming url when no request could be sent there."""
    if "url" not in subject.manifest.settings:
        return
    async with _door() as door:
        for url in ("shop.example", "ftp://shop.example", "https://"):
            said = _refusal(subject, {**stand_ins(subject), "url": url}, door)
            assert "url" in said, f"open must refuse the url {url!r}, naming it; it says: {said}"


async def check_secrets_are_marked(subject: Subject) -> None:
    """A setting whose name says that it is a secret must be marked ``secret = true``."""
    settings = subject.manifest.settings
    open_ones = [
        name
        for name, one in settings.items()
        if not one.secret and set(name.split("_")) & set(_SECRET_WORDS)
    ]
    assert not open_ones, f"settings must be marked secret = true: {', '.join(open_ones)}"


async def check_no_secret_is_told(subject: Subject) -> None:
    """No error's text and no object's repr may hold a secret."""
    canaries = {name: _canary(one.example) for name, one in _secrets(subject).items()}
    async with nowhere(subject, canaries) as (client, _):
        texts = [*_reprs(client), *await _complaints(subject, client)]
    if subject.simulator is not None:
        texts += await _complaints_at_work(subject, canaries)
    told = [text for text in texts if _CANARY in text]
    assert not told, f"secrets must not be told: {told[0].replace(_CANARY, '<the secret>')[:300]}"


def _secrets(subject: Subject) -> dict[str, Setting]:
    return {name: one for name, one in subject.manifest.settings.items() if one.secret}


def _canary(example: str | None) -> str:
    """A secret of the form of *example*, whose dots stand for the rest of it."""
    stem, dots, _ = (example or "").partition("...")
    return (stem if dots else "") + _CANARY


async def _complaints_at_work(subject: Subject, canaries: Mapping[str, str]) -> list[str]:
    """What is said of a system that does not take these secrets, and of one that has faults."""
    texts: list[str] = []
    async with staging(subject) as new_stage:
        stage = new_stage(HASTY)
        client = stage.open(canaries)
        for fault in (Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.CUT_AFTER):
            stage.simulator.faults.plan(Planned(fault=fault))
            texts += await _complaint(client.check)
        texts += await _complaints(subject, client)
    return texts


async def _complaints(subject: Subject, client: Client) -> list[str]:
    """What the errors of everything that is claimed say."""
    texts = [text for _, call in calls(subject, client) for text in await _complaint(call)]
    if subject.manifest.webhooks is not None:
        secret = _canary(subject.manifest.settings[claims.WEBHOOK_SECRET].example)
        delivery = RawDelivery(url=HOOK, headers={}, body=b"{}")
        try:
            client.verify(delivery, [secret], datetime.now(UTC))
        except ConnectorError as error:
            texts += _chain(error)
    return texts


async def _complaint(call: Call) -> list[str]:
    try:
        await call()
    except ConnectorError as error:
        return _chain(error)
    return []


def _chain(error: BaseException | None) -> list[str]:
    """An error's text and repr, and those of all that led to it."""
    texts: list[str] = []
    while error is not None:
        texts += [str(error), repr(error)]
        error = error.__cause__ or error.__context__
    return texts


def _reprs(root: object) -> list[str]:
    """How a client prints, and all of ours that hangs on it."""
    found, level = [repr(root)], [root]
    for _ in range(_DEEPEST):
        level = [part for one in level for part in _parts(one)]
        found += [repr(one) for one in level]
    return found


def _parts(one: object) -> list[object]:
    """The attributes of an object that are of a connector's own classes."""
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    values = [*getattr(one, "__dict__", {}).values(), *(getattr(one, s, None) for s in slots)]
    return [value for value in values if type(value).__module__.startswith("connectors.")]
