"""Connections as they are declared: in the file or by the operator, checked against manifests.

Pure: the environment is handed in, and nothing is connected to.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connectors.sdk.manifest import Manifest
from gateway.settings import (
    Configuration,
    ConfigurationError,
    ConnectionEntry,
    FromEnvironment,
)

WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 (the conventional name of that setting)
Manifests = Mapping[str, Manifest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One configured account of one system, secrets included.

    *webhook_secrets*: all that a delivery may be signed with now; two while one rotates.
    """

    id: str
    connector: str
    settings: Mapping[str, str] = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    enabled: bool = True

    @property
    def all_webhook_secrets(self) -> tuple[str, ...]:
        """The connector's own setting first, then what rotates in or out."""
        own = self.settings.get(WEBHOOK_SECRET)
        return (own, *self.webhook_secrets) if own else self.webhook_secrets

    def secrets(self, manifest: Manifest) -> dict[str, str]:
        """Return the settings that are secret."""
        return {
            name: value
            for name, value in self.settings.items()
            if name not in manifest.settings or manifest.settings[name].secret
        }


def from_file(
    configuration: Configuration, manifests: Manifests, environ: Mapping[str, str]
) -> list[Connection]:
    """Return the file's connections with the secrets that *environ* holds.

    Raises: ConfigurationError naming the file, the key, and what is wrong.
    """
    return [
        _resolved(configuration, id, entry, manifests, environ)
        for id, entry in configuration.connections.items()
    ]


def problems(connection: Connection, manifests: Manifests) -> Iterator[tuple[str, str]]:
    """Say what is wrong with a connection, as (key, problem); nothing when all is well."""
    manifest = manifests.get(connection.connector)
    if manifest is None:
        known = ", ".join(sorted(manifests))
        yield "connector", f"no connector {connection.connector!r}; there are: {known}"
        return
    known = ", ".join(manifest.settings)
    for name in sorted(set(connection.settings) - set(manifest.settings)):
        yield f"settings.{name}", f"no such setting of {connection.connector}; there are: {known}"
    for name, setting in manifest.settings.items():
        if setting.required and not connection.settings.get(name):
            yield f"settings.{name}", f"required: {setting.description}"
    if connection.settings.get("url") and not _is_address(connection.settings["url"]):
        yield "settings.url", "not an http(s) address without user and password"


def require_sound(connection: Connection, manifests: Manifests) -> None:
    """Raise ConfigurationError with the first problem of a connection that is in no file."""
    for key, problem in problems(connection, manifests):
        raise ConfigurationError(f"connections.{connection.id}.{key}: {problem}")


def check_references(
    configuration: Configuration, connections: Mapping[str, str], manifests: Manifests
) -> None:
    """Raise ConfigurationError when the file names a connection that is not there, or for what it
    cannot do. *connections*: connector by id, those outside of the file too."""
    for at, id, command in _references(configuration):
        if id not in connections:
            there_are = ", ".join(sorted(connections)) or "none"
            raise configuration.error(at, f"no connection {id!r}; there are: {there_are}")
        if command and command not in manifests[connections[id]].commands:
            raise configuration.error(at, f"{id} ({connections[id]}) does not do {command}")


def _references(configuration: Configuration) -> Iterator[tuple[str, str, str | None]]:
    """Every (key path, connection that it names, command that this one must do)."""
    for id, connection in configuration.connections.items():
        if connection.fulfills_from:
            yield f"connections.{id}.fulfills_from", id, "request_fulfillment"
    for id in configuration.skus:
        yield f"skus.{id}", id, None
    for code, location in configuration.locations.items():
        if location.authority:
            yield f"locations.{code}.authority", location.authority, None
    for id, channel in configuration.channels.items():
        if channel.connection:
            yield f"channels.{id}.connection", channel.connection, None
        if channel.carrier:
            yield f"channels.{id}.carrier", channel.carrier, "buy_label"


def _resolved(
    configuration: Configuration,
    id: str,
    entry: ConnectionEntry,
    manifests: Manifests,
    environ: Mapping[str, str],
) -> Connection:
    at = f"connections.{id}"
    given: dict[str, str | FromEnvironment] = dict(entry.settings)
    if entry.url is not None:
        if "url" in given:
            raise configuration.error(f"{at}.url", "given twice: here and in settings")
        given["url"] = entry.url
    manifest = manifests.get(entry.connector)
    plain = [name for name, value in given.items() if isinstance(value, str)]
    for name in _secret(manifest, plain):
        raise configuration.error(f"{at}.settings.{name}", 'a secret: give it as {env = "NAME"}')
    connection = Connection(
        id=id,
        connector=entry.connector,
        settings={
            name: _value(configuration, f"{at}.settings.{name}", value, environ)
            for name, value in given.items()
        },
        webhook_secrets=tuple(
            _value(configuration, f"{at}.webhook_secrets", one, environ)
            for one in entry.webhook_secrets
        ),
        enabled=entry.enabled,
    )
    for key, problem in problems(connection, manifests):
        raise configuration.error(f"{at}.{key}", problem)
    return connection


def _secret(manifest: Manifest | None, names: list[str]) -> list[str]:
    settings = manifest.settings if manifest else {}
    return [name for name in names if name in settings and settings[name].secret]


def _value(
    configuration: Configuration,
    at: str,
    value: str | FromEnvironment,
    environ: Mapping[str, str],
) -> str:
    if isinstance(value, str):
        return value
    if not environ.get(value.env):
        raise configuration.error(at, f"the environment variable {value.env} is not set")
    return environ[value.env]


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_http: bool = parts.scheme in _SCHEMES
    return is_http and bool(parts.hostname) and parts.username is None and port_is_valid


_SCHEMES: Container[str] = ("http", "https")
