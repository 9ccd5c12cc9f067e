"""The command line. What each command needs is imported when it runs, so that ``--help`` is quick.

Exit codes: 0 done; 1 it did not work (the line says why); 2 something must be set up differently.
"""

import typer

from gateway.cli.connections import add, list_, test
from gateway.cli.connectors import about, check, list_connectors, new
from gateway.cli.demo import demo
from gateway.cli.doctor import doctor
from gateway.cli.operate import migrate, schema, token
from gateway.cli.serving import serve, worker
from gateway.cli.syncing import backfill, sync
from gateway.cli.words import OneLine

__all__ = ["app"]

app = typer.Typer(
    name="gateway",
    cls=OneLine,
    help="One GraphQL graph over shops, tills, warehouses, carriers and payments.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they print local variables, secrets among them
)
for command in (demo, serve, worker, migrate, schema, doctor, token):
    app.command(command.__name__)(command)

_connection = typer.Typer(help="Connect systems, and read what they hold.", no_args_is_help=True)
_connection.command("list")(list_)
for each in (add, test, sync, backfill):
    _connection.command(each.__name__)(each)
app.add_typer(_connection, name="connection")

_connector = typer.Typer(
    help="The kinds of systems that can be connected, and new ones.", no_args_is_help=True
)
_connector.command("list")(list_connectors)
for one in (new, check):
    _connector.command(one.__name__)(one)
_connector.callback()(about)
app.add_typer(_connector, name="connector")
