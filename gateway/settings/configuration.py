"""The file: which systems are connected, which places there are, where orders come from, and what
a system calls by another SKU."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from connectors.sdk.records.states import LocationType
from connectors.sdk.values import Address
from gateway.settings.environment import ConfigurationError, one_line
from gateway.settings.skus import SkuNames, read_skus

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

ChannelKind = Literal["WEB", "APP", "POS", "MARKETPLACE", "PHONE", "SOCIAL", "AGENT", "B2B"]


class FromEnvironment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``{env = "SHOPIFY_TOKEN"}``: a value that stands in the environment, never in the file."""

    env: str


class ConnectionEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[connections.shop-us]``: one account of one system."""

    connector: Annotated[str, Meta(description="The connector that speaks to it.")]
    url: Annotated[str | None, Meta(description="Its address: short for `settings.url`.")] = None
    settings: Annotated[
        dict[str, str | FromEnvironment],
        Meta(
            description="What the connector's manifest asks for. A secret must be given as "
            '`{env = "NAME"}`.'
        ),
    ] = {}
    webhook_secrets: Annotated[
        tuple[FromEnvironment, ...],
        Meta(description="More secrets that webhooks may be signed with: two while one rotates."),
    ] = ()
    enabled: Annotated[bool, Meta(description="False: nothing is sent and nothing taken in.")] = (
        True
    )
    fulfills_from: Annotated[
        tuple[str, ...],
        Meta(description="Codes of the locations it fulfills from, besides those it owns."),
    ] = ()


class LocationEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[locations.DC-RENO]``: a place, under the code that joins it across systems."""

    name: Annotated[str, Meta(description="For people.")]
    type: Annotated[LocationType, Meta(description="What it is.")] = LocationType.WAREHOUSE
    authority: Annotated[
        str | None,
        Meta(description="The connection that owns on-hand stock there. None: the gateway does."),
    ] = None
    drift: Annotated[
        Literal["leave", "ask", "authority"],
        Meta(
            description="What is done where another system counts its stock otherwise. `leave`: "
            "nothing, both counts are shown. `ask`: an exception is raised until they agree. "
            "`authority`: the authority's count is written to the other."
        ),
    ] = "leave"
    address: Annotated[Address | None, Meta(description="Where it is.")] = None


class ChannelEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[channels.web]``: where orders come from."""

    kind: Annotated[ChannelKind, Meta(description="What it is.")]
    name: Annotated[str | None, Meta(description="For people. None: its id.")] = None
    connection: Annotated[
        str | None,
        Meta(description="The connection that its orders come through. None: placed here."),
    ] = None
    fulfill_at: Annotated[
        str | None, Meta(description="Code of the location that fulfills its orders by default.")
    ] = None
    carrier: Annotated[str | None, Meta(description="The connection that sells labels.")] = None


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file. *source* is its name, for what is said of it."""

    source: str = "configuration"
    connections: Mapping[str, ConnectionEntry] = {}
    locations: Mapping[str, LocationEntry] = {}
    channels: Mapping[str, ChannelEntry] = {}
    skus: Mapping[str, SkuNames] = {}

    def error(self, at: str, problem: object) -> ConfigurationError:
        """Return the error of *problem* at the dotted key path *at*."""
        return _error(self.source, at, problem)

    def fulfiller(self, location: str) -> str | None:
        """Return the connection that fulfills from *location*: named for it, else its authority."""
        for id, connection in self.connections.items():
            if location in connection.fulfills_from:
                return id
        entry = self.locations.get(location)
        return entry.authority if entry else None


SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "connections": ConnectionEntry,
    "locations": LocationEntry,
    "channels": ChannelEntry,
}


def read_file(path: Path | None) -> Configuration:
    """Read the configuration file; None is an empty one. Unknown keys are refused.

    Raises: ConfigurationError naming the file, the line or dotted key path, and what is wrong.
    """
    if path is None:
        return Configuration()
    try:
        return parse(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {one_line(error)}") from error


def parse(text: str, *, source: str) -> Configuration:
    """Read a configuration from *text*. Raises: ConfigurationError, as `read_file` does."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{source}: {one_line(error)}") from error
    _refuse_unknown(source, "", tables, (*SECTIONS, "skus"))
    whole = Configuration(
        source=source,
        connections=_section(source, tables, "connections", ConnectionEntry),
        locations=_section(source, tables, "locations", LocationEntry),
        channels=_section(source, tables, "channels", ChannelEntry),
        skus=read_skus(tables.get("skus", {}), partial(_error, source)),
    )
    _check_locations(whole)
    return whole


_E = TypeVar("_E", bound=msgspec.Struct)


def _section(
    source: str, tables: Mapping[str, object], name: str, type_: type[_E]
) -> dict[str, _E]:
    pattern = _CODE if type_ is LocationEntry else _ID
    entries: dict[str, _E] = {}
    for id, raw in _table(source, name, tables.get(name, {})).items():
        at = f"{name}.{id}"
        if not pattern.fullmatch(id):
            raise _error(source, at, f"not a name: use {pattern.pattern}")
        entries[id] = _entry(source, at, raw, type_)
    return entries


def _entry(source: str, at: str, raw: object, type_: type[_E]) -> _E:
    """Read one entry. Keys are looked at one by one, so that what is wrong is named exactly."""
    table = _table(source, at, raw)
    _refuse_unknown(source, f"{at}.", table, type_.__struct_fields__)
    if "address" in table:
        address = _table(source, f"{at}.address", table["address"])
        _refuse_unknown(source, f"{at}.address.", address, _PARTS)
    for key, value in _table(source, f"{at}.settings", table.get("settings", {})).items():
        _convert(source, f"{at}.settings.{key}", value, str | FromEnvironment)
    entry: _E = _convert(source, at, table, type_)
    return entry


_PARTS = tuple(Address.__annotations__)


def _convert(source: str, at: str, raw: object, type_: Any) -> Any:
    try:
        return msgspec.convert(raw, type_)
    except msgspec.ValidationError as error:
        problem, _, inside = str(error).partition(" - at `$")
        raise _error(source, at + inside.rstrip("`"), problem) from error


def _table(source: str, at: str, raw: object) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise _error(source, at, "not a table")
    return raw


def _refuse_unknown(source: str, prefix: str, keys: Iterable[str], known: Iterable[str]) -> None:
    for key in sorted(set(keys) - set(known)):
        raise _error(source, prefix + key, f"no such key; there are: {', '.join(known)}")


def _check_locations(whole: Configuration) -> None:
    """Every location that is named exists, and one connection at most fulfills from it.

    Connections that are named are checked by `gateway.systems`, which also knows those that are
    not in the file.
    """
    taken: dict[str, str] = {}
    for id, connection in whole.connections.items():
        at = f"connections.{id}.fulfills_from"
        for code in connection.fulfills_from:
            _require_location(whole, at, code)
            if taken.setdefault(code, id) != id:
                raise whole.error(at, f"{taken[code]} fulfills from {code}")
    for id, channel in whole.channels.items():
        if channel.fulfill_at is not None:
            _require_location(whole, f"channels.{id}.fulfill_at", channel.fulfill_at)


def _require_location(whole: Configuration, at: str, code: str) -> None:
    if code not in whole.locations:
        there_are = ", ".join(whole.locations) or "none"
        raise whole.error(at, f"no location {code!r}; there are: {there_are}")


def _error(source: str, at: str, problem: object) -> ConfigurationError:
    return ConfigurationError(f"{source}: {at}: {one_line(problem)}")
