"""The seller's account: how orders, packages and stock move. Knows no HTTP."""

import hashlib
from collections.abc import Callable
from itertools import count

from connectors.amazon.simulated.model import (
    ON_THE_WAY,
    Count,
    Holding,
    Item,
    Order,
    Package,
    Planned,
)
from connectors.sdk.simulator import Clock, Purchase, World

MARKETPLACE = "ATVPDKIKX0DER"
MFN_LOCATION = "DEFAULT"

Tell = Callable[[str, Order | str], None]
"""Called with a notification's type, and the order or the SKU that it is about."""


class AlreadyFulfilled(Exception):
    """More units than are still to leave."""


class Seller:
    """All of one account in one marketplace. *seed* decides ids, and who ships an order."""

    def __init__(self, world: World, clock: Clock, seed: int, tell: Tell) -> None:
        self._clock, self._seed, self._tell = clock, seed, tell
        self._numbers = count(1)
        self.refuses_repeats = False
        """Whether a package told twice is refused, as some sellers see it, or taken as the same."""
        self.goods = {good.sku: good for good in world.goods}
        self.orders: dict[str, Order] = {}
        self.fba = {
            good.sku: Holding(
                fulfillable=500,
                between_centers=6,
                processing=3,
                researching=2,
                unsellable=4,
                announced=40,
                on_the_way=20,
                receiving=10,
                updated_at=clock(),
            )
            for good in world.goods
        }
        self.handed_over: list[str] = []
        """Planned shipments whose package left, each as often as that was told."""
        self.counts: dict[tuple[str, str], Count] = {
            (sku, MFN_LOCATION): Count(on_hand=100) for sku in self.goods
        }
        for (sku, code), units in world.stock.items():
            self.counts[sku, code] = Count(on_hand=units)

    def _digits(self, what: str, length: int) -> str:
        """Give digits that only the seed and what came before decide."""
        text = f"{self._seed}:{what}:{next(self._numbers)}"
        number = int(hashlib.sha256(text.encode()).hexdigest(), 16)
        return str(number % 10**length).zfill(length)

    def order(self, purchase: Purchase, by: str, *, is_paid: bool = True) -> Order:
        """Take an order. What Amazon ships is set aside in its warehouses at once."""
        now = self._clock()
        order = Order(
            id=f"112-{self._digits('order', 7)}-{self._digits('order', 7)}",
            by=by,
            shopper=purchase.shopper,
            items=[
                Item(id=self._digits("item", 14), good=self.goods[sku], ordered=units)
                for sku, units in purchase.items
            ],
            is_paid=is_paid,
            created_at=now,
            updated_at=now,
        )
        self.orders[order.id] = order
        for item in order.items:
            self._set_aside(order, item, item.ordered)
        self._tell("ORDER_CHANGE", order)
        return order

    def plan(self, order: Order, location_id: str) -> Planned:
        """Plan an order's shipment for the seller, as Amazon does with Easy Ship."""
        now = self._clock()
        planned = Planned(
            id=f"D{self._digits('planned', 9)}",
            location_id=location_id,
            status="CONFIRMED",
            updated_at=now,
        )
        order.planned = planned
        self.touch(order)
        return planned

    def pack(self, planned: Planned) -> None:
        """Make the shipment's package, as its warehouse does in Amazon's tool."""
        planned.package_id = f"P{self._digits('package', 9)}"
        planned.status = "PACKAGE_CREATED"
        planned.updated_at = self._clock()

    def label(self, planned: Planned, carrier: str, number: str) -> None:
        planned.status, planned.carrier, planned.number = "SHIPLABEL_GENERATED", carrier, number
        planned.updated_at = self._clock()

    def hand_over(self, order: Order, planned: Planned) -> None:
        """The planned shipment's package leaves: the order has it as a package from now on."""
        planned.status, planned.updated_at = "SHIPPED", self._clock()
        self.handed_over.append(planned.id)
        lines = [(item.id, item.waiting) for item in order.items]
        self.ship(order, planned.package_id or "", (planned.carrier, planned.number), lines)

    def ship(
        self, order: Order, reference: str, parcel: tuple[str, str], lines: list[tuple[str, int]]
    ) -> None:
        """Take the seller's word that a package left. The same reference again is the same package.

        Raises: AlreadyFulfilled; KeyError for an item that the order does not have.
        """
        if any(package.reference == reference for package in order.packages):
            if self.refuses_repeats:
                raise AlreadyFulfilled
            return
        items = {item.id: item for item in order.items}
        if any(items[id].waiting < units for id, units in lines):
            raise AlreadyFulfilled
        for id, units in lines:
            items[id].shipped += units
            self.counts[items[id].good.sku, MFN_LOCATION].reserved -= units
            self.counts[items[id].good.sku, MFN_LOCATION].on_hand -= units
        now = self._clock()
        order.packages.append(
            Package(
                reference=reference,
                carrier=parcel[0],
                number=parcel[1],
                shipped_at=now,
                created_at=now,
                lines=lines,
            )
        )
        self.touch(order)

    def cancel(self, order: Order) -> None:
        """Cancel all that has not left."""
        for item in order.items:
            self._set_aside(order, item, -item.waiting)
            item.canceled += item.waiting
        self.touch(order)

    def can_ship(self, purchase: Purchase) -> bool:
        """Say whether Amazon has all of it."""
        return all(self.fba[sku].fulfillable >= units for sku, units in purchase.items)

    def _set_aside(self, order: Order, item: Item, units: int) -> None:
        """Keep *units* for an order; less than 0 gives them back."""
        sku = item.good.sku
        if order.by == "MERCHANT":
            self.counts[sku, MFN_LOCATION].reserved += units
        elif units:
            self.fba[sku].fulfillable -= units
            self.fba[sku].for_orders += units
            self._touch_stock(sku)

    def advance(self, *some: Order) -> None:
        """Take *some* orders (all, for none) one step on: payments, what Amazon ships, parcels."""
        for order in some or tuple(self.orders.values()):
            if order.status == "PENDING":
                order.is_paid = True
                self.touch(order)
            elif order.by == "AMAZON" and order.status == "UNSHIPPED":
                self._ship_from_fba(order)
            for package in order.packages:
                if package.step + 1 < len(ON_THE_WAY):
                    package.step += 1
                    self.touch(order)

    def _ship_from_fba(self, order: Order) -> None:
        for item in order.items:
            self.fba[item.good.sku].for_orders -= item.waiting
            item.shipped += item.waiting
            self._touch_stock(item.good.sku)
        self.touch(order)
        self._tell("FBA_OUTBOUND_SHIPMENT_STATUS", order)

    def count(self, sku: str, location_id: str, quantity: int, sequence: int) -> bool:
        """Set what a place has; nothing happens unless *sequence* is greater than the last one."""
        held = self.counts[sku, location_id]
        if sequence <= held.sequence:
            return False
        held.on_hand, held.sequence = quantity, sequence
        held.updates.append(quantity)
        return True

    def touch(self, order: Order) -> None:
        order.updated_at = self._clock()
        self._tell("ORDER_CHANGE", order)

    def _touch_stock(self, sku: str) -> None:
        self.fba[sku].updated_at = self._clock()
        self._tell("FBA_INVENTORY_AVAILABILITY_CHANGES", sku)
