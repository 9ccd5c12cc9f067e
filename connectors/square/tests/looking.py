"""What tests of reads share."""

from typing import TypeVar

from connectors.sdk.changes import Change
from connectors.sdk.records import Kind
from connectors.sdk.simulator import Purchase
from connectors.square.tests.conftest import ADA, Rig

T = TypeVar("T")
READ = (Kind.LOCATION, Kind.PRODUCT, Kind.CUSTOMER, Kind.LEVEL, Kind.ORDER, Kind.REFUND)
TEE = Purchase(shopper=ADA, items=(("TEE-S", 1),))


def only(kind: type[T], found: list[Change]) -> list[T]:
    """Return those of *found* that are of one kind."""
    return [one for one in found if isinstance(one, kind)]


def ids(found: list[Change]) -> list[str | None]:
    return [one.external_id for one in found]


def till(code: str) -> Purchase:
    return Purchase(shopper=None, items=(("TEE-S", 1),), place=code)


def buy_some(rig: Rig, count: int, *, minutes: int) -> list[str]:
    """Buy *count* times, *minutes* apart; return the orders' ids."""
    bought: list[str] = []
    for _ in range(count):
        rig.clock.later(minutes=minutes)
        bought.append(rig.simulator.buy(TEE))
    return bought
