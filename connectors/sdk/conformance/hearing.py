"""Deliveries to try webhooks with: a simulator's posts, or samples that ``KIT.sign`` signs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.conformance.kit import signs
from connectors.sdk.conformance.stage import Clock, Stage, nowhere, staging, stand_ins
from connectors.sdk.conformance.subject import Client, Subject
from connectors.sdk.errors import SignatureInvalid
from connectors.sdk.simulator import Post

TRIES = 200
"""Forgeries and broken bodies: as many as reliability.md asks for; always the same ones."""
MOST_DELIVERIES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Genuine *deliveries*, signed with *secret* at the time *now*, and a client to hear them.

    *stage* is where they come from, None without a simulator.
    """

    client: Client
    deliveries: tuple[RawDelivery, ...]
    secret: str
    now: datetime
    stage: Stage | None = None

    def verify(self, delivery: RawDelivery, now: datetime | None = None) -> Verified:
        return self.client.verify(delivery, [self.secret], now or self.now)

    def is_genuine(self, delivery: RawDelivery) -> bool:
        """Say whether a delivery is taken. Any other error than SignatureInvalid is a failure."""
        try:
            self.verify(delivery)
        except SignatureInvalid:
            return False
        return True

    def signed_by(self, delivery: RawDelivery) -> list[str]:
        """The headers without which a delivery is refused."""
        return [name for name in delivery.headers if not self.is_genuine(without(delivery, name))]


@asynccontextmanager
async def hearing(subject: Subject) -> AsyncIterator[Hearing]:
    """Hear everything that one filling of the simulator brings, or every signed sample."""
    if subject.simulator is None:
        async with nowhere(subject) as (client, _):
            secret, now = stand_ins(subject)["webhook_secret"], Clock().now
            kit = signs(subject.kit())
            signed = tuple(kit.sign(body, secret, now) for body in bodies(subject))
            assert signed, "samples must show a webhook, as it is claimed"
            yield Hearing(client=client, deliveries=signed, secret=secret, now=now)
        return
    async with staging(subject) as new_stage:
        stage = new_stage()
        await stage.fill()
        posts = stage.simulator.posts
        assert posts, "KIT.fill must do what the simulator tells by webhooks"
        yield Hearing(
            client=stage.client,
            deliveries=tuple(map(received, varied(posts))),
            secret=stage.simulator.settings["webhook_secret"],
            now=stage.clock.now,
            stage=stage,
        )


def bodies(subject: Subject) -> list[bytes]:
    """The bodies of the samples that are webhooks."""
    samples = (subject.sample(name) for name in subject.samples)
    return [json.dumps(one["given"]).encode() for one in samples if one.get("kind") == "webhook"]


def varied(posts: list[Post]) -> list[Post]:
    """The first of each length, and then others, up to MOST_DELIVERIES: as many sorts as can be."""
    first = {len(post.body): post for post in reversed(posts)}
    others = [post for post in posts if first[len(post.body)] is not post]
    return [*first.values(), *others][:MOST_DELIVERIES]


def received(post: Post) -> RawDelivery:
    """A post as the gateway gets it: lower-case names."""
    headers = {name.lower(): value for name, value in post.headers.items()}
    return RawDelivery(url=post.url, headers=headers, body=post.body)


def without(delivery: RawDelivery, header: str) -> RawDelivery:
    headers = {name: value for name, value in delivery.headers.items() if name != header}
    return replace(delivery, headers=headers)


def flipped(text: str, luck: Random) -> str:
    """*text* with one letter or digit another, which is not the same in the other case either."""
    place = luck.randrange(len(text))
    others = [one for one in "abcdef0123456789" if one != text[place].lower()]
    return text[:place] + luck.choice(others) + text[place + 1 :]
