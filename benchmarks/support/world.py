"""A gateway over a temporary SQLite file, and a world of a given size taken in through ingest."""

import asyncio
import ipaddress
import random
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.sdk.changes import Change
from connectors.sdk.records import (
    CustomerRecord,
    LevelRecord,
    LineCounters,
    LocationRecord,
    OrderLineRecord,
    OrderRecord,
    ProductRecord,
    Quantities,
    ShipmentRecord,
    TotalsRecord,
    TrackerRecord,
    Tracking,
    TrackingEventRecord,
    VariantRecord,
)
from connectors.sdk.records.states import (
    LocationType,
    OrderStatus,
    ProductStatus,
    ShipmentStatus,
    TrackingStatus,
)
from connectors.sdk.values import LineQuantity, Money
from gateway.app import Gateway, open_gateway
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role
from gateway.domain.identity.model import Origin
from gateway.settings import load, parse
from gateway.store import migrate
from gateway.sync import ingest
from gateway.systems.declared import Connection

SKUS = 500
PLACES = 5
CUSTOMERS = 2_000
BATCH = 100
SECRET_KEY = "a-key-for-benchmarks-which-opens-nothing"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ADMIN = Principal(role=Role.ADMIN, subject="benchmark", scopes=MOST[Role.ADMIN])
ORIGIN = Origin(connection="shop-us", system="shopify")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An open gateway with data in it. Units: *seconds* that taking the data in took."""

    gateway: Gateway
    orders: int
    seconds: float

    def token(self) -> str:
        return self.gateway.tokens.mint(ADMIN, timedelta(hours=1))


@asynccontextmanager
async def world(orders: int, connections: Sequence[Connection] = ()) -> AsyncIterator[World]:
    """Open a gateway with *orders* orders of 3 lines, with parcels, customers and stock."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"
        async with _opened(url, connections) as gateway:
            seconds = await _fill(gateway, orders)
            await gateway.relay.start()
            yield World(gateway=gateway, orders=orders, seconds=seconds)


async def fill(database_url: str, orders: int) -> None:
    """Make the store at *database_url* and put the same world into it, for others to serve."""
    async with _opened(database_url) as gateway:
        await _fill(gateway, orders)


@asynccontextmanager
async def _opened(url: str, connections: Sequence[Connection] = ()) -> AsyncIterator[Gateway]:
    settings = load(
        database_url=url,
        secret_key=SECRET_KEY,
        private_networks=(ipaddress.ip_network("127.0.0.0/8"),),
        max_sockets=1_000_000,  # all of one caller
        max_subscriptions=1_000_000,
    )
    await migrate.upgrade(settings.database_url)
    configuration = parse("", source="-")
    async with open_gateway(settings, configuration, connections=connections) as gateway:
        yield gateway


async def _fill(gateway: Gateway, orders: int) -> float:
    clock = asyncio.get_running_loop().time
    await _take_in(gateway, _base())
    began = clock()
    for start in range(0, orders, BATCH):
        end = min(start + BATCH, orders)
        await _take_in(gateway, [one for number in range(start, end) for one in _order(number)])
    return clock() - began


async def _take_in(gateway: Gateway, changes: Sequence[Change]) -> None:
    async with gateway.units.write() as unit:
        await ingest.apply(unit, changes, ORIGIN, datetime.now(UTC))


def _base() -> list[Change]:
    places = [
        LocationRecord(
            external_id=f"loc{place}",
            revised_at=BEGAN,
            code=f"LOC-{place}",
            name=f"Location {place}",
            type=LocationType.WAREHOUSE,
        )
        for place in range(PLACES)
    ]
    people = [
        CustomerRecord(
            external_id=f"c{number}",
            revised_at=BEGAN,
            email=f"shopper{number}@example.com",
            email_verified=True,
            first_name="Shopper",
            last_name=str(number),
        )
        for number in range(CUSTOMERS)
    ]
    return [*places, *people, *_catalog()]


def _catalog() -> list[Change]:
    goods: list[Change] = []
    for number in range(SKUS):
        variant = VariantRecord(
            external_id=f"v{number}", sku=f"SKU-{number}", title=f"Item {number}"
        )
        goods.append(
            ProductRecord(
                external_id=f"p{number}",
                revised_at=BEGAN,
                title=f"Product {number}",
                status=ProductStatus.ACTIVE,
                raw_status="ACTIVE",
                variants=(variant,),
            )
        )
        goods += [_level(number, place) for place in range(PLACES)]
    return goods


def _level(number: int, place: int) -> LevelRecord:
    return LevelRecord(
        external_id=f"v{number}@loc{place}",
        revised_at=BEGAN,
        item_id=f"v{number}",
        sku=f"SKU-{number}",
        location_id=f"loc{place}",
        quantities=Quantities(on_hand=100 + place),
    )


def _order(number: int) -> list[Change]:
    """An order of three lines, its shipment, and a parcel with three scans."""
    dice = random.Random(number)
    placed_at = BEGAN + timedelta(minutes=number)
    price = Money(minor=1999, currency="USD")
    lines = tuple(
        OrderLineRecord(
            external_id=f"{number}-{place}",
            sku=f"SKU-{dice.randrange(SKUS)}",
            title="Item",
            counters=LineCounters(ordered=1),
            unit_price=price,
            total=price,
        )
        for place in range(3)
    )
    total, none = Money(minor=5997, currency="USD"), Money(minor=0, currency="USD")
    order = OrderRecord(
        external_id=f"o{number}",
        revised_at=placed_at,
        number=f"#{number}",
        status=OrderStatus.CONFIRMED,
        raw_status="open",
        placed_at=placed_at,
        currency="USD",
        totals=TotalsRecord(subtotal=total, discount=none, shipping=none, tax=none, total=total),
        lines=lines,
        customer_id=f"c{dice.randrange(CUSTOMERS)}",
    )
    shipment = ShipmentRecord(
        external_id=f"s{number}",
        revised_at=placed_at,
        order_id=order.external_id,
        status=ShipmentStatus.SHIPPED,
        raw_status="shipped",
        tracking=(Tracking(number=f"1Z{number}", carrier="acme"),),
        lines=tuple(LineQuantity(line_id=line.external_id, quantity=1) for line in lines),
    )
    return [order, shipment, _tracker(number, placed_at)]


def _tracker(number: int, placed_at: datetime) -> TrackerRecord:
    way = (TrackingStatus.CARRIER_PICKED_UP, TrackingStatus.IN_TRANSIT, TrackingStatus.DELIVERED)
    scans = tuple(
        TrackingEventRecord(
            occurred_at=placed_at + timedelta(hours=hours), status=status, raw_status=status.lower()
        )
        for hours, status in enumerate(way, 1)
    )
    return TrackerRecord(
        external_id=f"t{number}",
        revised_at=placed_at,
        tracking_number=f"1Z{number}",
        carrier="acme",
        status=way[-1],
        raw_status="delivered",
        events=scans,
    )
