"""POST /webhooks/{connection}: prove, keep, answer. What it says is read later, from the inbox."""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.errors import Misconfigured, SignatureInvalid, Unavailable, Unsupported
from gateway.clock import Clock
from gateway.errors import NotFound
from gateway.execution.document import RequestError
from gateway.store.unit import Units
from gateway.sync import inbox
from gateway.systems.connections import Systems
from gateway.systems.envelopes import Envelopes
from gateway.telemetry import metrics
from gateway.telemetry.logs import bug
from gateway.web.graphql import body

MAX_BODY_BYTES = 2 * 1024 * 1024
"""More than any vendor sends: Shopify's largest orders are some hundred kilobytes."""

log = structlog.get_logger()


class WebhookEndpoint:
    """Takes deliveries in. A delivery that was answered with 2xx is durable."""

    def __init__(
        self,
        units: Units,
        systems: Systems,
        envelopes: Envelopes,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._units = units
        self._systems = systems
        self._envelopes = envelopes
        self._public_url = public_url
        self._clock = clock

    async def handle(self, request: Request) -> Response:
        """202 for a new delivery, 200 for one we have, 401 for a forged one, 404 for nobody's."""
        connection = request.path_params["connection"]
        try:
            connected = self._systems.get(connection)
            client = connected.receives()
            raw = RawDelivery(
                url=self._registered(request),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await body(request, MAX_BODY_BYTES),
            )
            verified = client.verify(raw, connected.webhook_secrets, self._clock())
        except (NotFound, Unsupported):
            return _refuse(connection, 404, "no such connection takes webhooks here")
        except SignatureInvalid as error:
            log.warning("webhook.forged", connection=connection, reason=str(error))
            return _refuse(connection, 401, "the signature does not match")
        except (Unavailable, Misconfigured):
            return _refuse(connection, 503, "the connection is switched off")
        except RequestError as error:
            return _refuse(connection, error.status, str(error))
        except Exception as error:  # the connector's bug: the sender tries again after a fix
            id = bug(error, connection=connection)
            return _refuse(connection, 500, f"an internal error; it is in the log as {id}")
        sealed = self._envelopes.seal(connection, raw)
        async with self._units.write() as unit:
            is_new = await inbox.accept(unit, connection, verified, sealed, self._clock())
        metrics.WEBHOOKS.labels(connection, "accepted" if is_new else "repeated").inc()
        return Response(status_code=202 if is_new else 200)

    def _registered(self, request: Request) -> str:
        """The address as the system knows it, query included: some prove themselves by that."""
        query = f"?{request.url.query}" if request.url.query else ""
        return f"{self._public_url}{request.url.path}{query}"


def _refuse(connection: str, status: int, reason: str) -> Response:
    metrics.WEBHOOKS.labels(connection if status != 404 else "unknown", "refused").inc()
    return JSONResponse({"error": reason}, status_code=status)
