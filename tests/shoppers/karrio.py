"""The carrier, and whoever else acts on a karrio server: scans parcels, counts labels.

await karrio.scan(url, token, "AC468982505683", "in_transit", at, location="Reno, NV")
await karrio.deliver(url, token, "AC468982505683", start)
secret = await karrio.register(url, token, "http://127.0.0.1:8000/webhooks/karrio")
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

LISTED = "100"
JOURNEY = (
    ("picked_up", "Collected", "Reno, NV"),
    ("in_transit", "Departed", "Reno, NV"),
    ("in_transit", "Arrived", "Austin, TX"),
    ("out_for_delivery", "On the van", "Austin, TX"),
    ("delivered", "Left with the recipient", "Austin, TX"),
)
"""(status, description, location) of an ordinary parcel, six hours apart."""


async def scan(
    url: str,
    token: str,
    tracking_number: str,
    status: str,
    at: datetime,
    *,
    location: str = "Reno, NV",
    description: str = "Scanned",
    reason: str | None = None,
) -> None:
    """Let the carrier scan a parcel: *status* in karrio's words, *at* an aware time."""
    moment = at.astimezone(UTC)
    event = {
        "date": f"{moment:%Y-%m-%d}",
        "time": f"{moment:%H:%M}",
        "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S.000Z}",
        "code": status.upper(),
        "status": status,
        "description": description,
        "location": location,
        "reason": reason,
    }
    await report(url, token, tracking_number, status, [event])


async def report(
    url: str, token: str, tracking_number: str, status: str, events: list[dict[str, Any]]
) -> None:
    """Put *events* into a parcel's tracker just as they are, and make *status* its status."""
    tracker_id = (await tracker(url, token, tracking_number))["id"]
    body = {"status": status, "delivered": status == "delivered", "events": events}
    await call(url, token, "POST", f"/v1/trackers/{tracker_id}/inject-events", body)


async def deliver(url: str, token: str, tracking_number: str, start: datetime) -> None:
    """Take a parcel all the way, from *start* on."""
    for step, (status, description, location) in enumerate(JOURNEY):
        at = start + timedelta(hours=6 * step)
        await scan(
            url, token, tracking_number, status, at, description=description, location=location
        )


async def tracker(url: str, token: str, tracking_number: str) -> dict[str, Any]:
    """The tracker of a parcel. Raises: LookupError when karrio follows no such number."""
    path = f"/v1/trackers?tracking_number={tracking_number}&limit={LISTED}"
    for found in (await call(url, token, "GET", path))["results"]:
        if found["tracking_number"] == tracking_number:
            return dict(found)
    raise LookupError(f"karrio follows no parcel {tracking_number!r}")


async def shipments(url: str, token: str, reference: str) -> list[dict[str, Any]]:
    """Every shipment made for exactly *reference*, drafts and canceled ones included."""
    path = f"/v1/shipments?reference={reference}&limit={LISTED}"
    found = (await call(url, token, "GET", path))["results"]
    return [each for each in found if each["reference"] == reference]


async def labels(url: str, token: str, work_id: str) -> list[dict[str, Any]]:
    """Every shipment made for a fulfillment order: they refer to its id and a count."""
    found = (await call(url, token, "GET", f"/v1/shipments?reference={work_id}&limit={LISTED}"))[
        "results"
    ]
    return [each for each in found if each["reference"].partition("-")[0] == work_id]


async def register(url: str, token: str, to: str) -> str:
    """Have every event sent to *to*; return the secret that comes with them."""
    body = {"url": to, "enabled_events": ["all"]}
    return str((await call(url, token, "POST", "/v1/webhooks", body))["secret"])


async def unregister(url: str, token: str, to: str) -> None:
    """Have no more sent to *to*: karrio would otherwise wait for a receiver that is gone."""
    for hook in (await call(url, token, "GET", f"/v1/webhooks?limit={LISTED}"))["results"]:
        if hook["url"] == to:
            await call(url, token, "DELETE", f"/v1/webhooks/{hook['id']}")


async def call(url: str, token: str, method: str, path: str, body: Any = None) -> Any:
    """Send one request and return its answer. Raises: AssertionError with karrio's refusal."""
    headers = {"authorization": f"Token {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url + path, json=body) as answer,
    ):
        text = await answer.text()
        assert answer.status < 400, f"{method} {path}: {answer.status} {text[:500]}"
        return await answer.json(content_type=None)
