"""The registry: connectors are found by their manifests."""

import pytest

from connectors.sdk import registry

NAMES = list(registry.discover())


def test_every_folder_with_a_manifest_is_a_connector() -> None:
    """In the order of their names; neither the sdk nor a template is one."""
    folders = sorted(path.parent.name for path in registry.ROOT.glob("*/manifest.toml"))
    assert [name for name in folders if name not in ("sdk", "template")] == NAMES
    assert "sdk" not in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_is_loaded_by_its_name(name: str) -> None:
    """What it exports can be opened."""
    assert callable(registry.load(name).open)


@pytest.mark.parametrize("name", [name for name in NAMES if registry.has_simulator(name)])
def test_a_simulator_is_found_where_there_is_one(name: str) -> None:
    """It is a class that can be made of a world and a clock."""
    assert isinstance(registry.simulator(name), type)


@pytest.mark.parametrize("name", ["", "nope", "sdk", "../sdk", "shopify.connector"])
def test_what_is_no_connector_is_not_loaded(name: str) -> None:
    """The refusal says which there are."""
    with pytest.raises(LookupError, match=r"there are: .*shopify"):
        registry.load(name)


def test_a_kit_is_found_where_there_is_one() -> None:
    """None where there is none."""
    kits = {name: registry.kit(name) is not None for name in NAMES}
    there = {name: (registry.ROOT / name / "kit.py").exists() for name in NAMES}
    assert kits == there
