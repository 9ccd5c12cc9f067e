"""Whether it lives, whether it is ready, and its metrics."""

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.events import log
from gateway.store.unit import Units
from gateway.telemetry import metrics


class Readiness:
    """``/healthz`` and ``/readyz``. *is_draining* is set at shutdown: no new work is sent here."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self.is_draining = False
        self.closing = asyncio.Event()
        """Set when no answer may begin any more: endless ones end."""

    def drain(self) -> None:
        """Say no from now on: this process is about to end."""
        self.is_draining = True

    def close(self) -> None:
        """End what would never end by itself."""
        self.closing.set()

    async def healthz(self, _: Request) -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _: Request) -> Response:
        """The store answers, and the process is not about to end."""
        if self.is_draining:
            return JSONResponse({"status": "draining"}, status_code=503)
        try:
            async with self._units.read() as unit:
                await log.last(unit)
        except Exception as error:
            reason = type(error).__name__
            return JSONResponse({"status": "no store", "reason": reason}, status_code=503)
        return JSONResponse({"status": "ready"})


async def prometheus(_: Request) -> Response:
    """The process's metrics, in Prometheus's text form."""
    return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)
