"""What the command line says: results on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import typer
from rich.console import Console
from typer.core import TyperGroup

from connectors.sdk.errors import ConnectorError
from gateway.errors import GatewayError
from gateway.settings import ConfigurationError, find_connectors, one_line
from gateway.store.state import StoreAway, StoreBehind
from gateway.telemetry import logs

NOT_DONE = 1
SET_UP_WRONG = 2

WIDE = 200
"""Columns where nobody's terminal bounds them: a pipe, a file."""

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class OneLine(TyperGroup):
    """Says in one line what an operator has to hear; what nobody foresaw keeps its traceback."""

    def invoke(self, ctx: Any) -> object:
        logs.configure("warning", "console")
        try:
            find_connectors()
            return super().invoke(ctx)
        except (ConfigurationError, StoreBehind) as error:
            fail(error, SET_UP_WRONG)
        except (ConnectorError, GatewayError, StoreAway) as error:
            fail(error, NOT_DONE)


def fail(problem: object, code: int = NOT_DONE) -> NoReturn:
    """Say *problem* and end with *code*. Raises: typer.Exit, always."""
    say(problem)
    raise typer.Exit(code)


def say(problem: object) -> None:
    """Write one line on standard error."""
    err.print(f"gateway: {one_line(problem)}", markup=False)


def ready(parts: Mapping[str, object]) -> None:
    """Write the line that programs wait for."""
    typer.echo(f"READY {json.dumps(parts)}")
