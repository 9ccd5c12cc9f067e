"""Manifests: what is wrong with one is said with its file, key and reason."""

from pathlib import Path

import pytest

from connectors.sdk import commands, manifest
from connectors.sdk.manifest import COMMANDS, NAME_OF, Delivery
from connectors.sdk.records import Kind

LEAST = """
name = "Least"
kinds = ["shop"]
api = "v1"
docs = "https://least.example"
[settings.url]
description = "Address."
[limits]
requests_per_s = 1.5
burst = 2
[quality]
level = "bronze"
evidence = "contract"
"""


def loaded(folder: Path, text: str) -> manifest.Manifest:
    path = folder / "manifest.toml"
    path.write_text(text)
    return manifest.load(path)


def test_the_least_that_a_manifest_says(tmp_path: Path) -> None:
    """What is left out has its default; nothing is claimed."""
    found = loaded(tmp_path, LEAST)
    assert (found.capabilities, found.webhooks, found.reads) == ((), None, {})
    assert (found.settings["url"].required, found.settings["url"].secret) == (True, False)
    assert (found.limits.concurrency, found.quality.exempt) == (4, {})


def test_capabilities_are_what_is_claimed(tmp_path: Path) -> None:
    """Sorted: pulls, fetches, webhooks and commands."""
    claims = """
[reads.order]
pull = true
fetch = true
[reads.refund]
fetch = true
[webhooks]
topics = ["a"]
[commands.cancel_order]
delivery = "askable"
"""
    found = loaded(tmp_path, LEAST + claims)
    assert found.capabilities == (
        "cancel_order",
        "fetch:order",
        "fetch:refund",
        "pull:order",
        "webhooks",
    )
    assert found.reads[Kind.ORDER].every_s == 60
    assert found.commands["cancel_order"].delivery is Delivery.ASKABLE


@pytest.mark.parametrize(
    ("text", "other", "reason"),
    [
        ('api = "v1"', "", "missing required field `api`"),
        ('kinds = ["shop"]', 'kinds = ["shoe"]', "Invalid enum value 'shoe'"),
        ('level = "bronze"', 'level = "bronze"\nlevl = "x"', "unknown field `levl`"),
        ("burst = 2", 'burst = "2"', r"\$.limits.burst"),
        ("[limits]", "[reads.shoe]\npull = true\n[limits]", "Invalid enum value 'shoe'"),
        ("[limits]", '[commands.fly]\ndelivery = "askable"\n[limits]', "no such command: fly"),
        ("[limits]", '[commands.void_label]\ndelivery = "maybe"\n[limits]', "'maybe'"),
        ('name = "Least"', 'name = "Least', "line 2"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, other: str, reason: str) -> None:
    """A value of the wrong type, a misspelled key, a word that means nothing."""
    assert text in LEAST
    with pytest.raises(ValueError, match=reason) as refused:
        loaded(tmp_path, LEAST.replace(text, other))
    assert str(refused.value).startswith(str(tmp_path / "manifest.toml"))


def test_every_command_has_a_name_and_every_name_a_command() -> None:
    """What can be told to a connector can be declared."""
    assert set(COMMANDS.values()) == set(commands.Command.__args__)
    assert {NAME_OF[command]: command for command in NAME_OF} == COMMANDS
