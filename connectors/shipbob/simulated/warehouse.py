"""The warehouses: how orders, shipments, returns and stock move. Knows no HTTP."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from connectors.sdk.simulator import Clock, Good, Place, World
from connectors.shipbob.simulated.model import (
    DELIVERED,
    ON_HOLD,
    OUT_OF_STOCK,
    SHIPPED,
    STEPS,
    UNKNOWN_SKU,
    Detail,
    GoodsBack,
    Item,
    Order,
    Shipment,
    Stock,
)

UNITS_PER_BOX = 20
"""What does not fit in one box becomes another shipment of the same order."""

Tell = Callable[[str, Shipment | GoodsBack], None]


class TakenReference(Exception):
    """There is an order with this reference."""


class Warehouse:
    """All of one account. *tell* is called with the topic and the subject of all that happens."""

    def __init__(self, world: World, clock: Clock, tell: Tell) -> None:
        self._clock = clock
        self._tell = tell
        self.last_step = DELIVERED
        """Up to where `advance` takes a shipment; SHIPPED: from the door on the carrier tells."""
        self.places: dict[int, Place] = dict(
            enumerate((place for place in world.places if not place.is_store), start=1)
        )
        self.items: dict[str, Item] = {}
        self.stock: dict[tuple[int, int], Stock] = {}
        self.orders: dict[int, Order] = {}
        self.returns: dict[int, GoodsBack] = {}
        self._ids = {name: count(start) for name, start in _FIRST_IDS.items()}
        self._products: dict[str, int] = {}
        for good in world.goods:
            self._add(good.sku, good.title, good)
        for (sku, code), units in world.stock.items():
            for location_id, place in self.places.items():
                if place.code == code:
                    self.stock_of(self.items[sku], location_id).on_hand = units

    def take(self, body: Mapping[str, Any], channel_id: int) -> Order:
        """Take an order and commit stock to it. Raises: TakenReference, KeyError (no such place).

        A product that is unknown is made, as ShipBob does; there is no stock of it.
        """
        if any(each.reference_id == body["reference_id"] for each in self.orders.values()):
            raise TakenReference
        wanted = body.get("location_id")
        places = list(self.places) if wanted is None else [wanted]
        if not set(places) <= set(self.places):
            raise KeyError(wanted)
        lines = [(self._item(each), each["quantity"]) for each in body["products"]]
        order = Order(
            id=next(self._ids["order"]),
            channel_id=channel_id,
            body=body,
            lines=lines,
            created_at=self._clock(),
        )
        self.orders[order.id] = order
        self._plan(order, places)
        return order

    def advance(self) -> None:
        """Take every open shipment and return one step on."""
        for order in list(self.orders.values()):
            for shipment in order.shipments:
                self.step(shipment)
        for goods_back in self.returns.values():
            self._step_back(goods_back)

    def step(self, shipment: Shipment) -> None:
        """Take one shipment one step on: what waits for stock is committed once there is some."""
        if shipment.status == "Exception":
            if self._commit(shipment):
                shipment.stopped = None
                shipment.updated_at = self._clock()
            return
        if shipment.stopped or shipment.step >= self.last_step:
            return
        shipment.step += 1
        self._note(shipment)
        if shipment.step == SHIPPED:
            self._leave(shipment)
        topic = STEPS[shipment.step].topic
        if topic:
            self._tell(topic, shipment)

    def hold(self, shipment: Shipment) -> None:
        """Stop a shipment that has not been picked, as ShipBob does with a bad address."""
        self._stop(shipment, "OnHold", ON_HOLD, "order.shipment.on_hold")

    def release(self, shipment: Shipment) -> None:
        shipment.stopped = None
        shipment.updated_at = self._clock()

    def cancel(self, order: Order) -> dict[int, bool]:
        """Cancel what has not been picked; return by shipment id whether it was canceled."""
        done = {}
        for shipment in order.shipments:
            done[shipment.id] = shipment.is_recallable
            if shipment.is_recallable:
                if shipment.status != "Exception":
                    self._release_stock(shipment)
                self._stop(shipment, "Cancelled", None, "order.shipment.cancelled")
        return done

    def send_back(self, shipment: Shipment) -> GoodsBack:
        """Announce that all of a shipment comes back to where it was sent from."""
        number = len(self.returns) + 1
        return self._expect(f"RMA-{number}", shipment, shipment.location_id, shipment.lines)

    def take_back(self, body: Mapping[str, Any]) -> GoodsBack:
        """Take a return order. Raises: TakenReference, KeyError (no such shipment, place, item)."""
        if any(each.reference_id == body["reference_id"] for each in self.returns.values()):
            raise TakenReference
        shipments = {each.id: each for each in self.shipments()}
        items = {item.inventory_id: item for item in self.items.values()}
        lines = [(items[each["id"]], each["quantity"]) for each in body["inventory"]]
        place, shipment = body["fulfillment_center"]["id"], shipments[body["original_shipment_id"]]
        if place not in self.places:
            raise KeyError(place)
        return self._expect(body["reference_id"], shipment, place, lines)

    def _expect(
        self, reference: str, shipment: Shipment, place: int, lines: list[tuple[Item, int]]
    ) -> GoodsBack:
        goods_back = GoodsBack(
            id=next(self._ids["return"]),
            shipment=shipment,
            reference_id=reference,
            location_id=place,
            lines=lines,
            created_at=self._clock(),
        )
        goods_back.history.append((goods_back.status, goods_back.created_at))
        self.returns[goods_back.id] = goods_back
        self._tell("return.created", goods_back)
        return goods_back

    def keep(self, goods_back: GoodsBack) -> None:
        """Cancel a return: the shopper keeps it."""
        goods_back.is_canceled = True
        goods_back.history.append((goods_back.status, self._clock()))
        self._tell("return.updated", goods_back)

    def receive(self, sku: str, location_id: int, units: int) -> None:
        """Put new goods on the shelf."""
        self.stock_of(self.items[sku], location_id).on_hand += units

    def stock_of(self, item: Item, location_id: int) -> Stock:
        return self.stock.setdefault((item.inventory_id, location_id), Stock())

    def shipments(self) -> Iterator[Shipment]:
        for order in self.orders.values():
            yield from order.shipments

    def _add(self, sku: str, title: str, good: Good | None) -> Item:
        product = good.product if good else title
        if product not in self._products:
            self._products[product] = next(self._ids["product"])
        item = Item(
            sku=sku,
            title=title,
            good=good,
            product_id=self._products[product],
            variant_id=next(self._ids["variant"]),
            inventory_id=next(self._ids["inventory"]),
            legacy_id=next(self._ids["legacy"]),
            updated_at=self._clock(),
        )
        self.items[sku] = item
        return item

    def _item(self, product: Mapping[str, Any]) -> Item:
        sku = product["reference_id"]
        return self.items.get(sku) or self._add(sku, product["name"], None)

    def _plan(self, order: Order, places: Sequence[int]) -> None:
        """Decide where each unit comes from: one place if one has all, else wherever there is."""
        best = sorted(places, key=lambda place: not self._has_all(order, place))
        short = []
        by_place: dict[int, list[tuple[Item, int]]] = {}
        for item, wanted in order.lines:
            missing = wanted
            for place in best:
                units = max(0, min(missing, self.stock_of(item, place).fulfillable))
                if units:
                    by_place.setdefault(place, []).append((item, units))
                    self.stock_of(item, place).committed += units
                    missing -= units
            if missing:
                short.append((item, missing))
        for place, lines in by_place.items():
            for box in _boxes(lines):
                self._ship(order, place, box)
        if short:
            detail = OUT_OF_STOCK if all(item.good for item, _ in short) else UNKNOWN_SKU
            waiting = self._ship(order, best[0], short)
            self._stop(waiting, "Exception", detail, "order.shipment.exception")

    def _has_all(self, order: Order, place: int) -> bool:
        return all(self.stock_of(item, place).fulfillable >= units for item, units in order.lines)

    def _ship(self, order: Order, place: int, lines: list[tuple[Item, int]]) -> Shipment:
        now = self._clock()
        shipment = Shipment(
            id=next(self._ids["shipment"]),
            order_id=order.id,
            reference_id=order.reference_id,
            location_id=place,
            lines=lines,
            created_at=now,
            updated_at=now,
        )
        order.shipments.append(shipment)
        return shipment

    def _commit(self, shipment: Shipment) -> bool:
        stocks = [(self.stock_of(item, shipment.location_id), n) for item, n in shipment.lines]
        if any(stock.fulfillable < units for stock, units in stocks):
            return False
        for stock, units in stocks:
            stock.committed += units
        return True

    def _release_stock(self, shipment: Shipment) -> None:
        for item, units in shipment.lines:
            self.stock_of(item, shipment.location_id).committed -= units

    def _leave(self, shipment: Shipment) -> None:
        self._release_stock(shipment)
        for item, units in shipment.lines:
            self.stock_of(item, shipment.location_id).on_hand -= units

    def _note(self, shipment: Shipment) -> None:
        """Move the clocks of a step: the warehouse's up to the door, the carrier's from there on.

        They are two on purpose: nothing promises that the carrier's moves the warehouse's.
        """
        now = self._clock()
        if shipment.step <= SHIPPED:
            shipment.updated_at = now
        word = STEPS[shipment.step].carrier
        if word:
            shipment.tracked_at = now
            shipment.scans.append((now, *word))
        if shipment.step == SHIPPED:
            shipment.shipped_at = now
        if shipment.step == DELIVERED:
            shipment.delivered_at = now

    def _stop(self, shipment: Shipment, status: str, detail: Detail | None, topic: str) -> None:
        shipment.stopped = (status, detail)
        shipment.updated_at = self._clock()
        self._tell(topic, shipment)

    def _step_back(self, goods_back: GoodsBack) -> None:
        if goods_back.is_canceled or goods_back.status == "Completed":
            return
        goods_back.step += 1
        goods_back.history.append((goods_back.status, self._clock()))
        if goods_back.status == "Completed":
            for item, units in goods_back.lines:
                self.stock_of(item, goods_back.location_id).on_hand += units
        topic = "return.completed" if goods_back.status == "Completed" else "return.updated"
        self._tell(topic, goods_back)


_FIRST_IDS = {
    "order": 100_000_001,
    "shipment": 200_000_001,
    "return": 2_900_001,
    "product": 3_000_001,
    "variant": 15_000_001,
    "inventory": 8_000_001,
    "legacy": 70_000_001,
}


def _boxes(lines: list[tuple[Item, int]]) -> Iterator[list[tuple[Item, int]]]:
    """Pack *lines* into boxes of UNITS_PER_BOX."""
    box: list[tuple[Item, int]] = []
    room = UNITS_PER_BOX
    for item, wanted in lines:
        missing = wanted
        while missing:
            units = min(missing, room)
            box.append((item, units))
            missing, room = missing - units, room - units
            if not room:
                yield box
                box, room = [], UNITS_PER_BOX
    if box:
        yield box
