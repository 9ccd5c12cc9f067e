"""Manifests of the documents that clients come with, in the two forms that tools write."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.execution import manifests
from gateway.execution.manifests import Registration
from gateway.settings import ConfigurationError

APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {"id": "a1", "name": "Role", "type": "query", "body": "query Role { viewer { role } }"}
    ],
}
RELAY = {"r1": "query Id { viewer { id } }"}


def folder(at: Path, **files: Any) -> Path:
    for client, manifest in files.items():
        (at / f"{client}.json").write_text(json.dumps(manifest))
    return at


def test_both_forms_are_read(tmp_path: Path) -> None:
    """Apollo's and Relay's, side by side; what is no manifest is let lie."""
    (tmp_path / "README.md").write_text("ours")
    assert [
        Registration(client="phone", id="r1", text="query Id { viewer { id } }"),
        Registration(client="web", id="a1", text="query Role { viewer { role } }"),
    ] == manifests.read(folder(tmp_path, web=APOLLO, phone=RELAY))


def test_two_clients_may_share_a_document(tmp_path: Path) -> None:
    """Of one id and one text."""
    assert [Registration(client="a", id="r1", text=RELAY["r1"])] == manifests.read(
        folder(tmp_path, a=RELAY, b=RELAY)
    )


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no <client>.json in "),
        ({"a": RELAY, "b": {"r1": "{ x }"}}, "b.json: r1: a.json has another document of this id"),
        ({"a": {"r1": 7}}, "a.json: Expected `str`, got `int`"),
        ({"a": ["x"]}, "a.json: Expected `object`, got `array`"),
        ({"a": {**APOLLO, "version": 2}}, "a.json: Invalid enum value 2"),
        ({"a": {**APOLLO, "operations": [{"id": "a"}]}}, "a.json: Object missing required field"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, files: dict[str, Any], said: str
) -> None:
    """Which file, and what of it."""
    with pytest.raises(ConfigurationError) as raised:
        manifests.read(folder(tmp_path, **files))
    assert str(raised.value).startswith(f"GATEWAY_TRUSTED_DOCUMENTS: {said}")
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_json_is_said(tmp_path: Path) -> None:
    """Also one that is not text."""
    (tmp_path / "web.json").write_bytes(b"\xff{")
    with pytest.raises(ConfigurationError, match=r"web\.json: "):
        manifests.read(tmp_path)
