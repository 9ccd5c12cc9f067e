"""Simulators: a stateful stand-in for a system, speaking its vendor's wire format over HTTP.

A simulator is what a connector is written against when no running system is to be had, and what
the demo runs. It must agree with the vendor's contract itself: its answers and webhooks validate
against the same files as the connector's requests.

    shop = Simulator(seed=7)
    shop.faults.plan(Planned(fault=Fault.CUT_AFTER, path="/graphql"))
    order_id = shop.buy(Purchase(...))   # changes its state and queues the vendor's webhooks
    shop.posts                           # [Post(url, headers, body), ...], signed, not yet sent

Nothing in a simulator waits, sleeps or reads the wall clock: *now* is handed to it, so that a test
turns the clock and a demo lets it run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.sdk.faults import Faults
from connectors.sdk.values import Address

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """One SKU of the world that simulators share. Units: *price_minor* cents of USD, grams."""

    sku: str
    product: str
    title: str
    option: str
    barcode: str
    price_minor: int
    weight_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A location that simulators share."""

    code: str
    name: str
    is_store: bool
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopper:
    first_name: str
    last_name: str
    email: str
    phone: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all simulators of one run know. *stock* goes by (sku, place code)."""

    goods: tuple[Good, ...]
    places: tuple[Place, ...]
    shoppers: tuple[Shopper, ...]
    stock: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What a shopper buys: ``Purchase(shopper=ada, items=(("TEE-BLK-S", 2),))``. *place* is the
    code of the store for a till, None elsewhere. *as_guest*: without an account."""

    shopper: Shopper | None
    items: tuple[tuple[str, int], ...]
    place: str | None = None
    as_guest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One webhook as the vendor would send it."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Simulator(Protocol):
    """Every simulator: ``Simulator(world, clock)``.

    *settings* is what a connection to it must be given besides its address: the manifest's
    settings by name, without ``url``. ``register(url)`` makes it post webhooks to *url*. Posts
    collect in *posts* until the caller takes and sends them.
    """

    settings: Mapping[str, str]
    faults: Faults
    """The ASGI app to serve, faults included."""
    posts: list[Post]

    def register(self, url: str) -> None:
        """Send every webhook to *url* from now on."""


class Sells(Simulator, Protocol):
    """Shops and tills."""

    def buy(self, purchase: Purchase) -> str:
        """Place and pay an order; return its id. Stock moves as the vendor does it."""


class Ships(Simulator, Protocol):
    """Warehouses and 3PLs that fulfill requests by themselves."""

    def advance(self) -> None:
        """Take every open request one step on: accepted, picked, packed, shipped with a label."""


class Carries(Simulator, Protocol):
    """Carriers."""

    def advance(self) -> None:
        """Give every parcel under way its next scan."""

    def accept(self, tracking_number: str, destination: Address) -> None:
        """Take over a parcel whose label was bought elsewhere."""
