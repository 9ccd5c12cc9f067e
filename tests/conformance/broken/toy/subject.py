"""The toy connector as the kit takes it."""

from pathlib import Path

from connectors.sdk import manifest
from connectors.sdk.conformance import Subject
from tests.conformance.broken.toy.client import ToyConnector
from tests.conformance.broken.toy.kit import Kit
from tests.conformance.broken.toy.system import Simulator

FOLDER = Path(__file__).parent


def toy(folder: Path = FOLDER) -> Subject:
    """The sound one; *folder* is where its files are, or a copy of them."""
    return Subject(
        name="toy",
        folder=folder,
        manifest=manifest.load(folder / "manifest.toml"),
        connector=ToyConnector,
        simulator=lambda: Simulator,
        kit=Kit,
    )
