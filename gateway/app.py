"""The composition root: the one module that knows every part and puts them together."""

import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

from connectors.sdk import registry
from gateway.auth import links, tokens
from gateway.auth.api_keys import ApiKeys
from gateway.auth.authenticate import Authenticator
from gateway.auth.links import OrderLinks
from gateway.auth.oidc import Issuer, OidcTokens, fetch_over
from gateway.auth.principal import Principal
from gateway.auth.tokens import LocalTokens
from gateway.clock import Clock
from gateway.events.bus import Bus, LocalBus, RedisBus
from gateway.events.relay import Relay
from gateway.execution import manifests
from gateway.execution.document import RequestError
from gateway.execution.limits.shared import SharedThrottle
from gateway.execution.limits.throttle import LocalThrottle, Throttle
from gateway.execution.pipeline import Pipeline
from gateway.execution.registered import Registry
from gateway.execution.shared import Shared
from gateway.orchestration import routes
from gateway.orchestration.asking import Asking
from gateway.orchestration.reactions import Reactor
from gateway.orchestration.schedule import Background
from gateway.orchestration.worker import Worker
from gateway.orchestration.world import World
from gateway.settings import Configuration, Settings
from gateway.store.unit import Units, open_units
from gateway.sync import origins
from gateway.sync.follow import Follower
from gateway.sync.inbox import Drain
from gateway.sync.live import LiveReader
from gateway.sync.pull import Puller
from gateway.sync.reconcile import Reconciler
from gateway.systems import egress, stored
from gateway.systems.connections import Outside, Systems
from gateway.systems.credentials import Vault
from gateway.systems.declared import Connection
from gateway.systems.envelopes import Envelopes
from gateway.web.accept import EVENT_STREAM, GRAPHQL, MIXED
from gateway.web.console import console
from gateway.web.graphql import GraphQLEndpoint, refuse
from gateway.web.ops import Readiness, prometheus
from gateway.web.sse import EventStreams
from gateway.web.streams.counts import Counts
from gateway.web.webhooks import WebhookEndpoint
from gateway.web.websocket import WebSocketEndpoint
from resolvers.context import Context, Services
from resolvers.cursors import Cursors
from resolvers.schema import SCHEMA

CURSOR_PURPOSE = "cursors"
PREFLIGHT_S = 7200
"""How long a page need not ask again whether it may: the most that Chromium heeds."""
COMPRESSED_FROM_BYTES = 1024
"""What is shorter fits into a packet or two as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A running gateway's parts."""

    settings: Settings
    services: Services
    background: Background
    readiness: Readiness
    bus: Bus
    throttle: Throttle

    @property
    def units(self) -> Units:
        return self.services.units

    @property
    def systems(self) -> Systems:
        return self.services.systems

    @property
    def relay(self) -> Relay:
        return self.services.relay

    @property
    def tokens(self) -> LocalTokens:
        return self.services.authenticator.local


@asynccontextmanager
async def open_gateway(
    settings: Settings,
    configuration: Configuration,
    *,
    connections: Iterable[Connection] | None = None,
    environ: Mapping[str, str] | None = None,
    outside: Outside | None = None,
) -> AsyncIterator[Gateway]:
    """Put a gateway together over a migrated store, and take it apart again.

    *connections* None: those of the file and of the store. *outside*: which connectors there are,
    and the clocks of their budgets. Nothing runs by itself yet: see
    `Background.run` and `Relay.run`.

    Raises: ConfigurationError.
    """
    outside = outside or Outside(share=1 / settings.processes)
    clock = outside.clock
    async with AsyncExitStack() as stack:
        units = open_units(settings.database_url)
        stack.push_async_callback(units.close)
        bus: Bus = RedisBus(settings.redis_url) if settings.redis_url else LocalBus()
        stack.push_async_callback(bus.close)
        units.on_announce = bus.hint
        throttle: Throttle = LocalThrottle()
        if settings.redis_url:
            throttle = SharedThrottle(settings.redis_url)
        stack.push_async_callback(throttle.close)
        session = await stack.enter_async_context(egress.open_session(settings.private_networks))
        if connections is None:
            vault = Vault(settings.keys)
            async with units.read() as unit:
                connections = await stored.with_file(
                    unit,
                    vault,
                    configuration,
                    registry.discover(),
                    environ if environ is not None else os.environ,
                )
        systems = Systems(connections, session, outside)
        oidc = _oidc(settings, session, clock)
        relay = Relay(units, bus)
        await relay.start()
        gateway = _assemble(
            settings, configuration, _Opened(units, bus, systems, relay, clock, oidc, throttle)
        )
        async with units.write() as unit:
            await routes.activate(unit, [one.id for one in systems.all()], clock())
        yield gateway


@dataclass(frozen=True, slots=True)
class _Opened:
    """What has to be closed again."""

    units: Units
    bus: Bus
    systems: Systems
    relay: Relay
    clock: Clock
    oidc: OidcTokens | None
    throttle: Throttle


def _assemble(settings: Settings, configuration: Configuration, opened: _Opened) -> Gateway:
    units, systems, clock = opened.units, opened.systems, opened.clock
    origin = origins.from_configuration(configuration)
    world = World(systems=systems, routes=routes.Routes(configuration))
    puller = Puller(units, origin, clock)
    services = Services(
        units=units,
        systems=systems,
        configuration=configuration,
        relay=opened.relay,
        asking=Asking(units, world, opened.relay, clock),
        live=LiveReader(units, systems, origin, clock),
        authenticator=_authenticator(settings, units, clock, opened.oidc),
        links=OrderLinks(settings.keys(links.PURPOSE), clock),
        cursors=Cursors(settings.keys(CURSOR_PURPOSE)[0]),
        shared=Shared(),
        clock=clock,
    )
    background = Background(
        systems=systems,
        bus=opened.bus,
        drain=Drain(units, systems, origin, Envelopes(settings.keys), clock),
        reactor=Reactor(units, world, clock),
        worker=Worker(units, systems, origin, clock),
        puller=puller,
        reconciler=Reconciler(units, origin, puller, clock),
        follower=Follower(units, origin, clock),
    )
    return Gateway(
        settings=settings,
        services=services,
        background=background,
        readiness=Readiness(units),
        bus=opened.bus,
        throttle=opened.throttle,
    )


def _authenticator(
    settings: Settings, units: Units, clock: Clock, oidc: OidcTokens | None
) -> Authenticator:
    return Authenticator(
        local=LocalTokens(settings.keys(tokens.PURPOSE), clock),
        keys=ApiKeys(units, clock),
        clock=clock,
        oidc=oidc,
    )


def _oidc(settings: Settings, session: aiohttp.ClientSession, clock: Clock) -> OidcTokens | None:
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return None
    issuer = Issuer(
        url=settings.oidc_issuer,
        audience=settings.oidc_audience,
        claim_prefix=settings.oidc_claim_prefix,
    )
    return OidcTokens(issuer, fetch_over(session), clock)


def create_app(gateway: Gateway, *, page_token: str | None = None) -> Starlette:
    """Return the web application of *gateway*: what a server serves.

    *page_token* is written into the pages, for whoever can open them: the demo's. Without one the
    first page asks for a token.

    Raises: ConfigurationError for trusted documents that could not run.
    """
    pipeline = Pipeline(SCHEMA._schema, gateway.settings, gateway.throttle)
    authenticate = gateway.services.authenticator.authenticate

    def make_context(principal: Principal) -> Context:
        return Context(services=gateway.services, principal=principal)

    settings = gateway.settings
    counts = Counts(sockets=settings.max_sockets, subscriptions=settings.max_subscriptions)
    streams = EventStreams(pipeline=pipeline, counts=counts, closing=gateway.readiness.closing)
    known = _registry(settings, pipeline)
    graphql = GraphQLEndpoint(pipeline, authenticate, make_context, streams, known)
    socket = WebSocketEndpoint(pipeline, authenticate, make_context, counts, known)
    webhooks = WebhookEndpoint(
        gateway.units,
        gateway.systems,
        Envelopes(gateway.settings.keys),
        gateway.settings.public_url,
        gateway.services.clock,
    )
    readiness = gateway.readiness
    app = Starlette(
        routes=[
            Route("/graphql", graphql.handle, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", socket.handle),
            Route("/webhooks/{connection}", webhooks.handle, methods=["POST"]),
            Route("/healthz", readiness.healthz),
            Route("/readyz", readiness.readyz),
            Route("/metrics", prometheus),
            *console(page_token),
        ],
        middleware=[_cors(gateway.settings), _compressed()],
        exception_handlers={HTTPException: refuse},
    )
    app.router.redirect_slashes = False  # to whatever host the request names
    return app


def _registry(settings: Settings, pipeline: Pipeline) -> Registry:
    folder = settings.trusted_documents
    trusted = manifests.read(folder) if folder else []
    for one in trusted:
        try:
            pipeline.require_valid(one.text)
        except RequestError as error:
            raise manifests.wrong(one, error) from None
    return Registry(
        pipeline.kind,
        {one.id: one.text for one in trusted},
        trusted_only=settings.trusted_documents_only,
    )


def _cors(settings: Settings) -> Middleware:
    """Only the origins that the operator names; without any, no page of another site may read."""
    return Middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "last-event-id"],
        expose_headers=["retry-after"],
        max_age=PREFLIGHT_S,
    )


def _compressed() -> Middleware:
    """zstd, Brotli or gzip for who takes it. Each at its fastest: a list of 50 orders shrinks to a
    tenth, and the next tenth of that costs three times as much. What comes in parts is not: an
    event must not wait for the next one."""
    add_compress_type(GRAPHQL)
    remove_compress_type(EVENT_STREAM)
    remove_compress_type(MIXED)
    return Middleware(
        CompressMiddleware,
        minimum_size=COMPRESSED_FROM_BYTES,
        zstd_level=1,
        brotli_quality=1,
        gzip_level=1,
    )
