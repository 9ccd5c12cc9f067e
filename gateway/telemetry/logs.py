"""Logs: one structured line an event, from our code and from the libraries below it alike.

    log = structlog.get_logger()
    log.info("webhook.accepted", connection="shop-us", delivery=id)

The event is a dotted name in the past tense; what differs from line to line stands in fields.
Every line passes `gateway.telemetry.redaction`.
"""

import hashlib
import logging
import secrets
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, TextIO

import structlog
from structlog.typing import Processor

from gateway import ids
from gateway.telemetry.metrics import BUGS
from gateway.telemetry.redaction import REDACTED, conceal, is_hidden, mask, redact

__all__ = ["bug", "conceal", "configure", "context", "mask", "pseudonym"]

BUG: Final = "bug"
"""The prefix of a bug's id, which a caller may quote to an operator."""

_AT_LEAST_WARNING = ("aiosqlite", "asyncpg", "sqlalchemy", "uvicorn.access", "aiohttp.access")
"""Loggers whose finer levels print statements with their values, or addresses of callers."""
_OWN_FIELDS = frozenset({"event", "level", "timestamp", "logger", "exception"})

_pseudonyms = {"key": secrets.token_bytes(32)}


def configure(
    level: str, format: str, *, stream: TextIO | None = None, key: bytes | None = None
) -> None:
    """Send all logs of this process to *stream* (standard error), as *format* says.

    With the same *key* several processes give a subject the same pseudonym. Calling this again
    replaces what the last call did.
    """
    if key:
        _pseudonyms["key"] = key
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(), processors=[*_last(), _renderer(format)]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _AT_LEAST_WARNING:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


@contextmanager
def context(**fields: str) -> Iterator[None]:
    """Add *fields* to every line written inside: ``with context(request="req_…", subject=…)``."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield


def pseudonym(subject: str) -> str:
    """Return a word that stands for *subject* in the logs, and cannot be turned back."""
    digest = hashlib.blake2b(subject.encode(), key=_pseudonyms["key"], digest_size=6)
    return digest.hexdigest()


def bug(error: BaseException, **fields: str) -> str:
    """Write *error* with its traceback and return the id to tell the caller in its place."""
    id = ids.new(BUG)
    BUGS.inc()
    structlog.get_logger("gateway").error("bug", bug=id, exc_info=error, **fields)
    return id


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _last() -> list[Processor]:
    """What every line passes just before it becomes text: nothing is added after `_redacted`."""
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _redacted,
    ]


def _renderer(format: str) -> Processor:
    if format == "console":
        return structlog.dev.ConsoleRenderer(colors=False)
    return structlog.processors.JSONRenderer()


def _redacted(
    _logger: object, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in line.items():
        hidden = key not in _OWN_FIELDS and is_hidden(key)
        line[key] = REDACTED if hidden else redact(value)
    return line
