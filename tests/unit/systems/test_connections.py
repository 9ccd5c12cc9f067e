"""Connections in use: opened lazily, asked only for what their manifest declares."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace

import aiohttp
import pytest

from connectors.sdk.capabilities import Account, Connector
from connectors.sdk.commands import BuyLabel, CancelOrder, CreateRefund, Outcome, VoidLabel
from connectors.sdk.errors import Misconfigured, Unavailable, Unsupported
from connectors.sdk.http import Http
from connectors.sdk.manifest import Delivery, Manifest
from connectors.sdk.records import Kind
from connectors.sdk.values import Money
from gateway.errors import NotFound
from gateway.systems.breaker import BreakerState
from gateway.systems.connections import Connected, Outside, Systems
from gateway.systems.declared import Connection
from gateway.systems.health import Status
from gateway.telemetry.redaction import mask
from tests.unit.systems.conftest import Turned, manifest

CANCEL = CancelOrder(key="k1", order_id="1", reason="changed their mind")
VOID = VoidLabel(key="k2", label_id="1")
REFUND = CreateRefund(
    key="k3", order_id="1", payment_id=None, amount=Money(minor=1, currency="USD"), reason="late"
)


@dataclass
class FakeClient:
    """A client that does what a shop's does, without a shop."""

    settings: Mapping[str, str]
    http: Http
    performed: list[str] = field(default_factory=list)

    async def check(self) -> Account:
        return Account(name="Northwind")

    async def perform(self, command: CancelOrder) -> Outcome:
        self.performed.append(command.key)
        return Outcome()


@dataclass
class FakeConnector:
    """Opens fake clients, and remembers them."""

    opened: list[FakeClient] = field(default_factory=list)

    def open(self, settings: Mapping[str, str], http: Http) -> FakeClient:
        if settings["token"] == "wrong":
            raise Misconfigured("token: not one of ours")
        self.opened.append(FakeClient(settings, http))
        return self.opened[-1]


SHOP = Connection(
    id="shop-us",
    connector="shop",
    settings={"url": "https://shop.example", "token": "canary-t0ken", "webhook_secret": "hook-1"},
    webhook_secrets=("hook-2",),
)
POST = Connection(id="post", connector="post", settings={"token": "t"})


@pytest.fixture
def shops() -> FakeConnector:
    """The connector of both."""
    return FakeConnector()


@pytest.fixture
async def systems(
    shops: FakeConnector, manifests: dict[str, Manifest], turned: Turned
) -> AsyncIterator[Systems]:
    """A shop and a carrier."""
    connectors: dict[str, Connector] = {"shop": shops, "post": shops}
    outside = Outside(
        manifests=manifests, load=connectors.__getitem__, clock=turned, ticks=turned.ticks
    )
    async with aiohttp.ClientSession() as session:
        yield Systems([SHOP, POST], session, outside)


def test_a_connection_says_what_it_is(systems: Systems) -> None:
    """Without having been opened."""
    shop = systems.get("shop-us")
    assert (shop.id, shop.connector, shop.manifest.name, shop.enabled) == (
        "shop-us",
        "shop",
        "Shop",
        True,
    )
    assert shop.webhook_secrets == ("hook-1", "hook-2")
    assert [one.id for one in systems.all()] == ["post", "shop-us"]


def test_a_connection_that_is_not_there_is_not_found(systems: Systems) -> None:
    """As data of a refusal, or as None."""
    with pytest.raises(NotFound):
        systems.get("absent")
    assert systems.find("absent") is None


def test_a_client_is_opened_once_when_first_asked_for(
    systems: Systems, shops: FakeConnector
) -> None:
    """With its settings and the account's door."""
    assert shops.opened == []
    shop = systems.get("shop-us")
    assert shop.client is shop.pulls(Kind.ORDER)
    assert [client.settings for client in shops.opened] == [SHOP.settings]


def test_a_connection_without_an_address_is_opened_all_the_same(systems: Systems) -> None:
    """Its connector knows where to go."""
    assert systems.get("post").client is not None


def refusals(shop: Connected, post: Connected) -> list[object]:
    label = BuyLabel.__new__(BuyLabel)
    return [
        lambda: shop.pulls(Kind.LEVEL),
        lambda: shop.fetches(Kind.PRODUCT),
        lambda: shop.performs(VOID),
        lambda: shop.performs(label),
        lambda: shop.looks_up(CANCEL),
        lambda: post.pulls(Kind.ORDER),
        lambda: post.performs(CANCEL),
        post.receives,
    ]


def test_what_is_not_declared_is_refused_before_anything_is_opened(
    systems: Systems, shops: FakeConnector
) -> None:
    """Nothing can have been sent."""
    for attempt in refusals(systems.get("shop-us"), systems.get("post")):
        with pytest.raises(Unsupported) as caught:
            attempt()  # type: ignore[operator]
        assert caught.value.code == "UNSUPPORTED"
    assert shops.opened == []


async def test_what_is_declared_is_done(systems: Systems, shops: FakeConnector) -> None:
    """By the one client."""
    shop = systems.get("shop-us")
    await shop.performs(CANCEL).perform(CANCEL)
    assert shops.opened[0].performed == ["k1"]
    assert shop.receives() is shop.client
    assert shop.fetches(Kind.ORDER) is shop.client
    assert shop.looks_up(REFUND) is shop.client
    assert shop.require_command(CANCEL).delivery is Delivery.IDEMPOTENT


def test_a_connection_that_is_switched_off_is_not_used(
    systems: Systems, shops: FakeConnector
) -> None:
    """Commands wait; operators see it."""
    systems.replace([replace(SHOP, enabled=False)])
    shop = systems.get("shop-us")
    with pytest.raises(Unavailable, match="switched off"):
        shop.performs(CANCEL)
    assert (shop.health.status, shops.opened) == (Status.PAUSED, [])


def test_a_wrong_setting_pauses_the_connection(systems: Systems) -> None:
    """The operator sees why."""
    systems.replace([replace(SHOP, settings={**SHOP.settings, "token": "wrong"})])
    shop = systems.get("shop-us")
    with pytest.raises(Misconfigured):
        _ = shop.client
    assert systems.health()["shop-us"].status == Status.PAUSED
    assert shop.health.last_error == "Misconfigured: token: not one of ours"


def test_what_did_not_change_is_kept_when_connections_are_replaced(systems: Systems) -> None:
    """Another one was added: this one's budget and client go on."""
    before = systems.get("shop-us")
    client = before.client
    systems.replace([SHOP, POST, replace(POST, id="post-2")])
    assert systems.get("shop-us") is before
    assert before.client is client
    systems.replace([SHOP])
    assert [one.id for one in systems.all()] == ["shop-us"]


def test_what_changed_is_opened_anew_within_the_same_budget(
    systems: Systems, shops: FakeConnector
) -> None:
    """New credentials end a pause, and are no way around a limit."""
    before = systems.get("shop-us")
    _ = before.client
    before.gate.refused(Misconfigured("HTTP 401"))
    systems.replace([replace(SHOP, settings={**SHOP.settings, "token": "next"})])
    after = systems.get("shop-us")
    assert after.client is shops.opened[1]
    assert shops.opened[1].settings["token"] == "next"
    assert after.gate is before.gate
    assert after.health.breaker == BreakerState.CLOSED


def test_secrets_of_connections_are_hidden_from_logs(systems: Systems) -> None:
    """Even where a system quotes them in a text that looks harmless."""
    assert mask("the reply said: canary-t0ken!") == "the reply said: [redacted]!"
    assert systems.get("shop-us").enabled


@pytest.mark.parametrize("region", [None, "", "eu"])
async def test_what_needs_a_setting_is_there_only_with_it(
    systems: Systems, manifests: dict[str, Manifest], region: str | None
) -> None:
    """Without the second credential the connection can do the rest, and refuses this unasked."""
    manifests["shop"] = manifest(
        reads={
            "order": {"pull": True, "fetch": True},
            "level": {"pull": True, "fetch": True, "needs": "region"},
        },
        commands={
            "cancel_order": {"delivery": "idempotent"},
            "create_refund": {"delivery": "askable", "needs": "region"},
        },
    )
    given = {} if region is None else {"region": region}
    systems.replace([replace(SHOP, id="another", settings={**SHOP.settings, **given})])
    shop, has = systems.get("another"), region == "eu"
    assert (True, True, True) == (
        shop.can_pull(Kind.ORDER),
        shop.can_fetch(Kind.ORDER),
        shop.can_perform("cancel_order"),
    )
    assert (has, has, has) == (
        shop.can_pull(Kind.LEVEL),
        shop.can_fetch(Kind.LEVEL),
        shop.can_perform("create_refund"),
    )
    rest = ("cancel_order", "fetch:order", "pull:order", "webhooks")
    more = ("cancel_order", "create_refund", "fetch:level", "fetch:order", "pull:level")
    assert shop.capabilities == ((*more, "pull:order", "webhooks") if has else rest)
    if not has:
        with pytest.raises(Unsupported):
            shop.performs(REFUND)
        with pytest.raises(Unsupported):
            shop.pulls(Kind.LEVEL)
