"""What is set up wrong is one line that says where and what; exit code 2."""

from pathlib import Path

import pytest

from gateway.store import migrate
from tests.unit.cli.conftest import Terminal

COMMANDS = [
    ["serve", "--port", "0"],
    ["worker"],
    ["connection", "list"],
    ["connection", "test", "shop-us"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_missing_secret_key_is_one_line(terminal: Terminal, words: list[str]) -> None:
    """It says which variable, and how to make one."""
    said = terminal(*words, GATEWAY_SECRET_KEY="")
    assert 2 == said.code
    assert [] == said.out
    assert [
        (
            "gateway: GATEWAY_SECRET_KEY: not set; give it 32 or more random characters"
            " (openssl rand -base64 48)"
        )
    ] == said.err


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_wrong_configuration_file_is_one_line(
    terminal: Terminal, words: list[str], tmp_path: Path
) -> None:
    """It names the file and the key."""
    file = tmp_path / "gateway.toml"
    file.write_text('[connections.shop-us]\nconnector = "shopify"\ncolour = "red"\n')
    said = terminal(*words, GATEWAY_CONFIG=str(file))
    assert 2 == said.code
    [line] = said.err
    assert line.startswith(f"gateway: {file}: connections.shop-us.colour: no such key")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_store_that_was_never_migrated_is_one_line(
    terminal: Terminal, words: list[str], tmp_path: Path
) -> None:
    """It names the command that migrates it."""
    said = terminal(*words, GATEWAY_DATABASE_URL=f"sqlite:///{tmp_path / 'new.sqlite3'}")
    assert 2 == said.code
    assert ["gateway: the store is empty: run `gateway migrate`"] == said.err


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_an_unknown_word_of_the_environment_is_one_line(
    terminal: Terminal, words: list[str]
) -> None:
    """It names the variable."""
    said = terminal(*words, GATEWAY_LOG_LEVEL="loud")
    assert 2 == said.code
    [line] = said.err
    assert line.startswith("gateway: GATEWAY_LOG_LEVEL: ")


def test_a_file_that_cannot_be_opened_is_one_line(terminal: Terminal) -> None:
    """Waiting for it would not help."""
    said = terminal("worker", GATEWAY_DATABASE_URL="sqlite:////nowhere/at/all.sqlite3")
    assert 2 == said.code
    assert [
        "gateway: GATEWAY_DATABASE_URL: OperationalError: unable to open database file"
    ] == said.err


def test_sqlite_is_for_one_process(terminal: Terminal) -> None:
    """Several would wait for each other's writes."""
    said = terminal("serve", "--port", "0", "--workers", "2")
    assert 2 == said.code
    assert ["gateway: GATEWAY_DATABASE_URL: SQLite is for one process; use PostgreSQL"] == said.err


def test_an_address_that_is_taken_is_one_line(terminal: Terminal) -> None:
    """It says which."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = terminal("serve", "--port", str(port))
    assert 2 == said.code
    assert [f"gateway: cannot listen at 127.0.0.1:{port}: Address already in use"] == said.err


def test_migrate_says_where_the_store_is(terminal: Terminal, tmp_path: Path) -> None:
    """And is done twice without harm."""
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    for _ in range(2):
        said = terminal("migrate", GATEWAY_DATABASE_URL=url)
        assert (0, [f"the store is at {migrate.head()}"]) == (said.code, said.out)
