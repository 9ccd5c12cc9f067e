"""The documents that clients come with: a folder of manifests, one a client.

    web.json     {"format": "apollo-persisted-query-manifest", "version": 1,
                  "operations": [{"id": "…", "name": "Orders", "type": "query", "body": "query …"}]}
    phone.json   {"<id>": "query Orders { … }"}

Source: @apollo/generate-persisted-query-manifest; relay-compiler's ``persistConfig`` with a file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from gateway.settings import ConfigurationError, one_line

APOLLO = "apollo-persisted-query-manifest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A document of *client*, and the *id* that it is named by."""

    client: str
    id: str
    text: str


class _Operation(msgspec.Struct):
    id: str
    body: str


class _Apollo(msgspec.Struct):
    format: Literal["apollo-persisted-query-manifest"]
    version: Literal[1]
    operations: list[_Operation]


def read(folder: Path) -> list[Registration]:
    """Return what the manifests of *folder* register. Raises: ConfigurationError."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise ConfigurationError(f"GATEWAY_TRUSTED_DOCUMENTS: no <client>.json in {folder}")
    found: dict[str, Registration] = {}
    for one in (one for path in paths for one in _registrations(path)):
        known = found.setdefault(one.id, one)
        if known.text != one.text:
            raise wrong(one, f"{known.client}.json has another document of this id")
    return list(found.values())


def wrong(one: Registration, reason: object) -> ConfigurationError:
    """Return the error of a document that will not do."""
    where = f"{one.client}.json: {one.id[:64]}"
    return ConfigurationError(f"GATEWAY_TRUSTED_DOCUMENTS: {where}: {one_line(reason)}")


def _registrations(path: Path) -> list[Registration]:
    try:
        by_id = _documents(msgspec.json.decode(path.read_bytes()))
    except (OSError, msgspec.MsgspecError) as error:
        reason = f"GATEWAY_TRUSTED_DOCUMENTS: {path.name}: {one_line(error)}"
        raise ConfigurationError(reason) from error
    return [Registration(client=path.stem, id=id, text=text) for id, text in by_id]


def _documents(manifest: Any) -> list[tuple[str, str]]:
    if isinstance(manifest, dict) and manifest.get("format") == APOLLO:
        apollo = msgspec.convert(manifest, _Apollo)
        return [(one.id, one.body) for one in apollo.operations]
    return list(msgspec.convert(manifest, dict[str, str]).items())
