"""Commands run in this process, with an environment of their own."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from gateway.cli import app
from tests.gateways import SECRET_KEY


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: list[str]
    err: list[str]


@dataclass
class Terminal:
    """``terminal("token", "--role", "admin")``; *env* is all of the gateway's environment."""

    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, **env: str) -> Said:
        done = CliRunner().invoke(app, list(words), env={**self.env, **env})
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Said(done.exit_code, done.stdout.splitlines(), done.stderr.splitlines())


@pytest.fixture
def terminal(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Terminal]:
    """A terminal over a migrated store of its own. Afterwards the log is as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    monkeypatch.chdir(tmp_path)
    yield Terminal(
        env={
            "GATEWAY_DATABASE_URL": sqlite_url,
            "GATEWAY_SECRET_KEY": SECRET_KEY,
            "GATEWAY_PRIVATE_NETWORKS": "127.0.0.0/8",
        }
    )
    root.handlers[:], root.level = before
    structlog.reset_defaults()
