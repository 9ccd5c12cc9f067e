"""A flaw: how the toy is broken, and what the kit must say of it."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.sdk.conformance import Subject
from tests.conformance.broken.toy.client import Toy, ToyConnector
from tests.conformance.broken.toy.kit import Kit
from tests.conformance.broken.toy.subject import FOLDER, toy


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """A toy with *client*, *connector* or *kit* in the place of its own, or with its files edited:
    (file, text, its replacement; None deletes the file). *about* is the claim that it breaks."""

    rule: str
    says: str
    about: str = ""
    client: type[Toy] = Toy
    connector: type[ToyConnector] = ToyConnector
    kit: type[Kit] = Kit
    edit: tuple[str, str, str | None] | None = None

    def subject(self, folder: Path) -> Subject:
        """The broken toy, its files under *folder*."""
        shutil.copytree(FOLDER, folder)
        if self.edit:
            _edit(folder, *self.edit)
        return replace(toy(folder), connector=lambda: self.connector(self.client), kit=self.kit)


def _edit(folder: Path, name: str, text: str, other: str | None) -> None:
    path = folder / name
    if other is None:
        path.unlink()
        return
    before = path.read_text()
    assert text in before
    path.write_text(before.replace(text, other))
