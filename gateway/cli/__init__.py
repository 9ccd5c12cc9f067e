"""The command line. What each command needs is imported when it runs, so that ``--help`` is quick.

Exit codes: 0 done; 1 it did not work (the line says why); 2 something must be set up differently.
"""

import typer

from gateway.cli import connections, connectors, demo, doctor, operate, serving, syncing
from gateway.cli.words import OneLine

app = typer.Typer(
    name="gateway",
    cls=OneLine,
    help="One GraphQL graph over shops, tills, warehouses, carriers and payments.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they print local variables, secrets among them
)

app.command("demo")(demo.run)
app.command("serve")(serving.serve)
app.command("worker")(serving.worker)
app.command("migrate")(operate.migrate)
app.command("schema")(operate.schema)
app.command("doctor")(doctor.doctor)
app.command("token")(operate.token)

_connection = typer.Typer(help="Connect systems, and read what they hold.", no_args_is_help=True)
_connection.command("add")(connections.add)
_connection.command("list")(connections.list_)
_connection.command("test")(connections.test)
_connection.command("sync")(syncing.sync)
_connection.command("backfill")(syncing.backfill)
app.add_typer(_connection, name="connection")

_connector = typer.Typer(help="The kinds of systems that can be connected.", no_args_is_help=True)
_connector.command("list")(connectors.list_)
_connector.callback()(connectors.about)
app.add_typer(_connector, name="connector")
