"""Webhooks: what is genuine is taken, and what it says is understood or set aside."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Touched
from connectors.sdk.conformance import claims, shape
from connectors.sdk.conformance.hearing import TRIES, bodies, hearing
from connectors.sdk.conformance.kit import Signs
from connectors.sdk.conformance.stage import HOOK, Clock, nowhere
from connectors.sdk.conformance.subject import Client, Subject
from connectors.sdk.errors import Malformed

_UNHEARD_OF = "conformance.unheard_of"
_JUNK: tuple[Any, ...] = (None, "", "7", -1, 10**30, 1.5, [], {}, [None], {"id": {}}, True)
_NO_EVENTS = (b"", b"null", b"[]", b"7", b"{", b'"text"', b"\xff\xfe", b"[" * 5000)


async def check_genuine_deliveries_are_verified(subject: Subject) -> None:
    """verify must take what is genuine, under a declared topic; decode must understand it."""
    async with hearing(subject) as heard:
        for delivery in heard.deliveries:
            verified = heard.verify(delivery)
            assert verified.id, "verify must give each delivery an id: it is what comes only once"
            changes = heard.client.decode(delivery, heard.now)
            shape.require_sound(changes)
            assert verified.topic in _topics(subject) or not changes, (
                f"webhooks.topics must name what is heard: {verified.topic!r} it does not"
            )


def _topics(subject: Subject) -> tuple[str, ...]:
    hooks = subject.manifest.webhooks
    return hooks.topics if hooks else ()


async def check_the_same_delivery_has_the_same_id(subject: Subject) -> None:
    """verify must give a delivery that comes again the id it had, and another one another."""
    async with hearing(subject) as heard:
        first: dict[str, RawDelivery] = {}
        for delivery in heard.deliveries:
            verified = heard.verify(delivery)
            assert heard.verify(delivery) == verified, (
                "verify must give the same delivery the same id: else it is taken in twice"
            )
            earlier = first.setdefault(verified.id, delivery)
            assert earlier.body == delivery.body, (
                f"verify must tell deliveries apart: two others have the id {verified.id!r}"
            )


async def check_what_is_touched_can_be_fetched(subject: Subject) -> None:
    """A delivery that only names its subject must name one that fetch gives, of a fetched kind."""
    async with hearing(subject) as heard:
        touched = {
            change
            for delivery in heard.deliveries
            for change in heard.client.decode(delivery, heard.now)
            if isinstance(change, Touched)
        }
        for one in sorted(touched, key=repr):
            assert one.kind in claims.fetched(subject), (
                f"reads.{one.kind} must be fetched: a webhook names {one.external_id}"
            )
            found = await heard.client.fetch(one.kind, [one.external_id])
            assert found, f"fetch must say what a webhook names: {one.kind} {one.external_id}"


async def check_an_unknown_topic_is_malformed(subject: Subject) -> None:
    """decode must raise Malformed for a topic that the vendor does not document."""
    async with _spoken(subject) as (client, deliveries):
        renamed = [_renamed(one, _topics(subject)) for one in deliveries]
        others = [one for one, was in zip(renamed, deliveries, strict=True) if one != was]
        assert others, "webhooks.topics must name the topics as deliveries state them"
        for delivery in others:
            error = _refusal(client, delivery)
            assert isinstance(error, Malformed), (
                f"decode must raise Malformed for the topic {_UNHEARD_OF}; it gives {error!r}"
            )


def _renamed(delivery: RawDelivery, topics: tuple[str, ...]) -> RawDelivery:
    """*delivery* under a topic that nobody has heard of, where its own is a declared one."""
    body, headers = delivery.body, dict(delivery.headers)
    for topic in topics:
        body = body.replace(json.dumps(topic).encode(), json.dumps(_UNHEARD_OF).encode())
        headers = {name: _UNHEARD_OF if one == topic else one for name, one in headers.items()}
    return replace(delivery, body=body, headers=headers)


def _refusal(client: Client, delivery: RawDelivery) -> object:
    """The error, or the changes, that decoding gives."""
    try:
        return client.decode(delivery, Clock().now)
    except Exception as error:  # whatever it is, it is the finding
        return error


async def check_any_body_decodes_or_is_malformed(subject: Subject) -> None:
    """decode must give changes or raise Malformed, whatever a genuine sender has gone wrong in."""
    luck = Random(1)  # noqa: S311 (the same tries every time)
    async with _spoken(subject) as (client, deliveries):
        for attempt in range(TRIES):
            delivery = deliveries[attempt % len(deliveries)]
            broken = replace(delivery, body=_broken(delivery.body, luck))
            found = _refusal(client, broken)
            if isinstance(found, list):
                shape.require_typed(found)
            else:
                assert isinstance(found, Malformed), (
                    f"decode must give changes or raise Malformed; it raises {found!r} for "
                    f"{broken.body[:300]!r}"
                )


@asynccontextmanager
async def _spoken(subject: Subject) -> AsyncIterator[tuple[Client, tuple[RawDelivery, ...]]]:
    """Deliveries to decode; where nobody can sign, samples as they are: decode does not mind."""
    if subject.simulator is not None or isinstance(subject.kit(), Signs):
        async with hearing(subject) as heard:
            yield heard.client, heard.deliveries
        return
    found = tuple(RawDelivery(url=HOOK, headers={}, body=one) for one in bodies(subject))
    assert found, "samples must show a webhook, as it is claimed"
    async with nowhere(subject) as (client, _):
        yield client, found


def _broken(body: bytes, luck: Random) -> bytes:
    """*body* cut short, or no JSON at all, or with one part of it replaced or left out."""
    sort = luck.randrange(8)
    if sort == 0:
        return body[: luck.randrange(len(body))]
    if sort == 1:
        return luck.choice(_NO_EVENTS)
    event = json.loads(body)
    holder, key = luck.choice(list(_places(event)))
    if sort == 2 and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = luck.choice(_JUNK)
    return json.dumps(event).encode()


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything in a JSON value."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)
