"""Metrics: what is counted, declared once. Labels have few values: never an id, never a subject.

REQUESTS.labels("query", "ok").inc()
UPSTREAM_SECONDS.labels("shop-us").observe(0.12)
"""

from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

REGISTRY: Final = CollectorRegistry()
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_FAST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""From one answer out of memory to the longest that a caller waits."""
_SLOW_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60, 300, 1800)
"""From one reply of an external system to a backlog worth a page."""

REQUESTS = Counter(
    "gateway_requests",
    "GraphQL operations answered; outcome: ok, error, refused.",
    ["operation", "outcome"],
    registry=REGISTRY,
)
PLANNED = Counter(
    "gateway_executions",
    "Operations and events executed, by what executed them: engine, graphql-core.",
    ["executor"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "gateway_request_seconds",
    "From the whole request to the whole answer.",
    ["operation"],
    buckets=_FAST_S,
    registry=REGISTRY,
)
SUBSCRIPTIONS = Gauge(
    "gateway_subscriptions", "Subscriptions open now.", ["transport"], registry=REGISTRY
)
WEBHOOKS = Counter(
    "gateway_webhooks",
    "Deliveries by verdict: accepted, repeated, refused, quarantined.",
    ["connection", "verdict"],
    registry=REGISTRY,
)
CHANGES = Counter(
    "gateway_changes",
    "Changes taken in, by kind of record and verdict: applied, unchanged, older, quarantined.",
    ["connection", "kind", "verdict"],
    registry=REGISTRY,
)
EFFECTS = Gauge("gateway_effects", "Effects in the outbox now.", ["state"], registry=REGISTRY)
EFFECTS_DONE = Counter(
    "gateway_effects_done",
    "Effects that ended, by command and outcome.",
    ["command", "outcome"],
    registry=REGISTRY,
)
EVENT_LAG_SECONDS = Histogram(
    "gateway_event_lag_seconds",
    "From an event's commit until a reader has it.",
    ["reader"],
    buckets=_FAST_S,
    registry=REGISTRY,
)
SYNC_LAG_SECONDS = Gauge(
    "gateway_sync_lag_seconds",
    "Since the last complete pull of a kind.",
    ["connection", "kind"],
    registry=REGISTRY,
)
UPSTREAM = Counter(
    "gateway_upstream_requests",
    "Requests to external systems; outcome: ok or the error's name.",
    ["connection", "outcome"],
    registry=REGISTRY,
)
UPSTREAM_SECONDS = Histogram(
    "gateway_upstream_seconds",
    "One request to an external system, without the wait for its turn.",
    ["connection"],
    buckets=_SLOW_S,
    registry=REGISTRY,
)
UPSTREAM_WAIT_SECONDS = Histogram(
    "gateway_upstream_wait_seconds",
    "The wait for a turn within an account's budget.",
    ["connection", "lane"],
    buckets=_SLOW_S,
    registry=REGISTRY,
)
CONNECTION_UP = Gauge(
    "gateway_connection_up",
    "1 for OK and DEGRADED, 0 for DOWN and PAUSED.",
    ["connection"],
    registry=REGISTRY,
)
BUGS = Counter(
    "gateway_bugs", "Errors that nobody foresaw; each has an id in the log.", registry=REGISTRY
)

ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)


def render() -> bytes:
    """Return all metrics of this process in the Prometheus text format."""
    return generate_latest(REGISTRY)
