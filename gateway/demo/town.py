"""The simulated systems: their state, and what happened in them before anyone connected them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.sdk import registry
from connectors.sdk.simulator import Carries, Purchase, Ships, Shopper, Simulator
from gateway.clock import utc_now
from gateway.demo import world
from gateway.demo.world import GOODS, SHOPPERS, STORES

SHOP, TILL, MARKET, WAREHOUSE, CARRIER = "shop-us", "till-nyc", "amazon-us", "3pl", "parcels"
CONNECTORS = {
    SHOP: "shopify",
    TILL: "square",
    MARKET: "amazon",
    WAREHOUSE: "shipbob",
    CARRIER: "easypost",
}
LEAST = 2
"""Orders there are in any case: one person's, online and in a store."""
HISTORY = timedelta(days=21)
ALL_ARRIVED = timedelta(days=4)
"""A parcel that was sent before has arrived."""
TILL_SHARE = 0.4
MARKET_SHARE = 0.15
"""Of all purchases, both."""
GUEST_SHARE = 0.1
UNLISTED_SHARE = 0.03
"""Of web purchases: with something that no catalogue has, which people have to look at."""


@dataclass(slots=True)
class Calendar:
    """The simulators' clock: now, less *back*."""

    back: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() - self.back


@dataclass(slots=True, kw_only=True)
class Town:
    """All systems. *dice* decides everything that happens; *bought* counts purchases."""

    shop: Any
    till: Any
    market: Any
    warehouse: Ships
    carrier: Carries
    dice: Random
    bought: Counter[str] = field(default_factory=Counter)

    @property
    def systems(self) -> dict[str, Simulator]:
        """All simulators, by the connection that they are."""
        return {
            SHOP: self.shop,
            TILL: self.till,
            MARKET: self.market,
            WAREHOUSE: self.warehouse,
            CARRIER: self.carrier,
        }

    def buy(self) -> None:
        """Somebody buys something somewhere."""
        place = _place(self.dice)
        purchase = _purchase(self.dice, self.dice.choice(SHOPPERS), place)
        self.systems[place].buy(purchase)  # type: ignore[attr-defined]
        self.bought[place] += 1


def build(orders: int, seed: int) -> Town:
    """Return the town after *orders* purchases of the last weeks. One seed, one town."""
    dice, calendar = Random(seed), Calendar()  # noqa: S311 (who buys what is no secret)
    shop = _system(SHOP, world.in_warehouse(), calendar)
    till = _system(TILL, world.in_stores(), calendar)
    carrier = _system(CARRIER, {}, calendar)
    till.make_instant_profiles()
    bought: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    market = _system(MARKET, {}, calendar)
    for number in range(orders):
        calendar.back = HISTORY * (1 - (number + 1) / (orders + 1))
        place, purchase = _past_purchase(dice, number)
        bought[place] += 1
        if place == TILL:
            till.buy(purchase)
        elif place == MARKET:
            market.seller.order(purchase, "AMAZON")
        else:
            is_delivered = calendar.back > ALL_ARRIVED
            _sell_and_send(shop, carrier, purchase, f"9300{number:018d}", is_delivered=is_delivered)
            sent.update(dict(purchase.items))
        carrier.advance()
        market.advance()
    calendar.back = timedelta()
    warehouse = _system(WAREHOUSE, world.in_warehouse(less=sent), calendar)
    warehouse.leave_parcels_to_carrier()
    return Town(
        shop=shop,
        till=till,
        market=market,
        warehouse=warehouse,
        carrier=carrier,
        dice=dice,
        bought=bought,
    )


def _system(id: str, stock: world.Stock, calendar: Calendar) -> Any:
    return registry.simulator(CONNECTORS[id])(world.world(stock), calendar)


def _sell_and_send(
    shop: Any, carrier: Carries, purchase: Purchase, parcel: str, *, is_delivered: bool
) -> None:
    """Before anyone connected them, the merchant sent parcels by hand."""
    shop.ship(shop.buy(purchase), parcel, is_delivered=is_delivered)
    if purchase.shopper:
        carrier.accept(parcel, purchase.shopper.address)


def _place(dice: Random) -> str:
    """Where somebody buys."""
    chance = dice.random()
    if chance < TILL_SHARE:
        return TILL
    return MARKET if chance < TILL_SHARE + MARKET_SHARE else SHOP


def _past_purchase(dice: Random, number: int) -> tuple[str, Purchase]:
    """The first shopper bought online and in a store: everyone knows one who did."""
    if number < LEAST:
        place = (SHOP, TILL)[number]
        return place, _purchase(dice, SHOPPERS[0], place, is_plain=True)
    place = _place(dice)
    return place, _purchase(dice, dice.choice(SHOPPERS), place, is_plain=True)


def _purchase(dice: Random, shopper: Shopper, place: str, *, is_plain: bool = False) -> Purchase:
    """*is_plain*: by an account, and of the catalogue only."""
    goods = dice.sample(GOODS, k=dice.choice((1, 1, 2, 3)))
    items = [(one.sku, dice.choice((1, 1, 1, 2))) for one in goods]
    if place == TILL:
        return Purchase(shopper=shopper, items=tuple(items), place=dice.choice(STORES))
    if place == MARKET:
        return Purchase(shopper=shopper, items=tuple(items))
    if not is_plain and dice.random() < UNLISTED_SHARE:
        items.append((world.UNLISTED, 1))
    is_guest = not is_plain and dice.random() < GUEST_SHARE
    return Purchase(shopper=shopper, items=tuple(items), as_guest=is_guest)
