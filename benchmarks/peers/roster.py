"""Who is measured: how each is started, and how each is asked for the same."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from benchmarks.peers import data
from benchmarks.support.world import ADMIN, SECRET_KEY
from gateway.auth import tokens
from gateway.clock import utc_now
from gateway.settings import load

NODE = Path(__file__).parent / "node"
BIN = NODE / "node_modules/.bin"
OURS = ("gateway / SQLite", "gateway / PostgreSQL")
LIVES = timedelta(hours=1)


class Database(Protocol):
    """A database of one peer's own."""

    @property
    def url(self) -> str: ...

    @property
    def libpq_url(self) -> str: ...

    @property
    def pid(self) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server. *beside* is which of ours it is compared with; *database_pid* has its CPU too."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    beside: str = OURS[0]
    list: str = data.LIST
    detail: str = data.DETAIL
    database_pid: int | None = None


def gateway(name: str, database: Database) -> Peer:
    """The gateway as `gateway serve` runs it: every setting is the default."""
    return Peer(
        name=name,
        command=(sys.executable, "-m", "gateway", "serve", "--port", "{port}"),
        environment={"GATEWAY_DATABASE_URL": database.url, "GATEWAY_SECRET_KEY": SECRET_KEY},
        headers={"authorization": f"Bearer {_token()}"},
        beside=name,
        database_pid=database.pid,
    )


def _token() -> str:
    keys = load(secret_key=SECRET_KEY).keys(tokens.PURPOSE)
    return tokens.LocalTokens(keys, utc_now).mint(ADMIN, LIVES)


def plain(name: str, database: Database, beside: str) -> Peer:
    return Peer(
        name=name,
        command=(sys.executable, "-m", "benchmarks.peers.plain"),
        environment={"DATABASE_URL": database.url},
        beside=beside,
        database_pid=database.pid,
    )


def in_memory(rows: Path) -> list[Peer]:
    """The servers of Node that answer from *rows*, which they hold in memory."""
    given = {"DATA": str(rows), "NODE_ENV": "production"}
    scripts = {
        "Apollo Server / memory": "apollo.mjs",
        "GraphQL Yoga / memory": "yoga.mjs",
        "Mercurius + graphql-jit / memory": "mercurius.mjs",
    }
    return [
        Peer(name=name, command=("node", str(NODE / script)), environment=given)
        for name, script in scripts.items()
    ]


def postgraphile(database: Database) -> Peer:
    return Peer(
        name="PostGraphile / PostgreSQL",
        command=("node", str(NODE / "postgraphile.mjs")),
        environment={"DATABASE_URL": database.libpq_url, "NODE_ENV": "production"},
        beside=OURS[1],
        list=data.POSTGRAPHILE_LIST,
        detail=data.POSTGRAPHILE_DETAIL,
        database_pid=database.pid,
    )


def upstream(held: Path) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """How the REST services under Hive are started: their CPU is nobody's."""
    return ("node", str(NODE / "rest.mjs")), {"DATA": str(held), "NODE_ENV": "production"}


def compose(supergraph: Path, upstream_url: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """How the graph over them is composed, once."""
    command = ("node", str(BIN / "mesh-compose"), "-c", "compose.mjs", "-o", str(supergraph))
    return command, {"UPSTREAM": upstream_url}


def hive(supergraph: Path) -> Peer:
    return Peer(
        name="Hive Gateway / live over REST",
        command=(
            *("node", str(BIN / "hive-gateway"), "supergraph", str(supergraph)),
            *("--host", "127.0.0.1", "--port", "{port}"),
        ),
        environment={"NODE_ENV": "production"},
        list=data.FEDERATED_LIST,
        detail=data.FEDERATED_DETAIL,
    )
