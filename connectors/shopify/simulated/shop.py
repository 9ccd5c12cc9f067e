"""The state of a simulated shop: GraphQL objects in dicts, as its schema names their fields."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.sdk.simulator import Clock, Good, Place, World
from connectors.sdk.values import Address, minor_digits

Node = dict[str, Any]

FIRST_NUMBER = 9_100_000_000_000_001
"""Numbers begin beyond 2^53, so that whoever keeps them in a float is found out."""

COUNTED = ("available", "committed", "reserved", "safety_stock", "quality_control", "damaged")
"""What on hand is the sum of. Source: the contract's SOURCE.md, quantities per location."""


@dataclass(frozen=True, slots=True)
class Event:
    """One webhook to send: its topic, and a body made when it is sent off."""

    topic: str
    body: Callable[[], Node]


class Shop:
    """One shop. *currency* is that of its prices and its customers; amounts of the world, cents of
    US dollars, are taken as hundredths of it."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self.currency = "USD"
        self.nodes: dict[str, Node] = {}
        self.orders: list[Node] = []
        self.products: list[Node] = []
        self.customers: list[Node] = []
        self.locations: list[Node] = []
        self.variants: dict[str, Node] = {}
        self.levels: dict[tuple[str, str], Node] = {}
        self.events: list[Event] = []
        self.last_order_number = 1000
        self.search_lag_s = 0
        """How old a change must be for a search to find it. Units: seconds."""
        self.job_polls = 0
        """How often a cancellation is looked at before it is done."""
        self._number = FIRST_NUMBER
        for place in world.places:
            self._add_location(place)
        for good in world.goods:
            self._add_good(good)
        for (sku, code), quantity in world.stock.items():
            self.level(sku, self.location(code))["amounts"]["available"] = quantity
        self.info = self.keep(
            "Shop",
            {
                "name": "Simulated Shop",
                "myshopifyDomain": "simulated.myshopify.com",
                "currencyCode": self.currency,
            },
        )

    def number(self) -> int:
        self._number += 1
        return self._number

    def keep(self, kind: str, node: Node) -> Node:
        """Give *node* an id and a type, and find it by that id from now on."""
        node["__typename"] = kind
        node["id"] = f"gid://shopify/{kind}/{self.number()}"
        self.nodes[node["id"]] = node
        return node

    def remove(self, gid: str) -> None:
        """The subject is gone, as when a merchant deletes it."""
        node = self.nodes.pop(gid)
        for kept in (self.orders, self.products, self.customers, self.locations):
            if node in kept:
                kept.remove(node)

    def now(self) -> str:
        """The time as Shopify writes it: UTC, whole seconds."""
        return f"{self.clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def emit(self, topic: str, body: Callable[[], Node]) -> None:
        self.events.append(Event(topic, body))

    def amount(self, value: Decimal) -> str:
        """*value* with as many digits as the currency has: "14319" yen, "5.125" dinars."""
        step = Decimal(1).scaleb(-minor_digits(self.currency))
        return f"{value.quantize(step, ROUND_HALF_UP):f}"

    def bag(self, value: Decimal) -> Node:
        money = {"amount": self.amount(value), "currencyCode": self.currency}
        return {"presentmentMoney": money, "shopMoney": money}

    def location(self, code: str) -> Node:
        return next(one for one in self.locations if one["place"] == code)

    def level(self, sku: str, location: Node) -> Node:
        """The level of a SKU at a location, connected on first use."""
        item = self.variants[sku]["inventoryItem"]
        key = (item["id"], location["id"])
        if key not in self.levels:
            level = self.keep("InventoryLevel", {"item": item, "location": location})
            del self.nodes[level["id"]]
            level["id"] += f"?inventory_item_id={item['id'].rsplit('/', 1)[1]}"
            level["amounts"] = dict.fromkeys((*COUNTED, "incoming"), 0)
            level["updatedAt"] = self.now()
            self.nodes[level["id"]] = level
            self.levels[key] = level
        return self.levels[key]

    def move(self, level: Node, **units: int) -> None:
        """Change quantities by *units*; a change of what is available is announced."""
        for name, delta in units.items():
            level["amounts"][name] += delta
        level["updatedAt"] = self.now()
        if units.get("available"):
            self.emit("inventory_levels/update", lambda: _level_payload(level))

    def address(self, stated: Address, name: str | None) -> Node:
        node = {
            "name": name,
            "company": stated.company,
            "address1": stated.line1,
            "address2": stated.line2,
            "city": stated.city,
            "provinceCode": stated.province,
            "zip": stated.postal_code,
            "countryCodeV2": stated.country_code,
            "phone": stated.phone,
        }
        return self.keep("MailingAddress", node)

    def _add_location(self, place: Place) -> None:
        stated = place.address
        location = self.keep(
            "Location",
            {
                "place": place.code,
                "name": place.name,
                "isActive": True,
                "isFulfillmentService": False,
                "localPickupSettingsV2": {"instructions": ""} if place.is_store else None,
                "address": {
                    "address1": stated.line1,
                    "address2": stated.line2,
                    "city": stated.city,
                    "provinceCode": stated.province,
                    "zip": stated.postal_code,
                    "countryCode": stated.country_code,
                    "phone": stated.phone,
                },
            },
        )
        metafield = self.keep("Metafield", {"value": place.code})
        location["metafields"] = {("custom", "location_code"): metafield}
        self.locations.append(location)

    def _add_good(self, good: Good) -> None:
        product = next((one for one in self.products if one["title"] == good.product), None)
        if product is None:
            product = {"title": good.product, "description": "", "status": "ACTIVE"}
            product |= {"updatedAt": self.now(), "onlineStoreUrl": None, "variants": []}
            self.products.append(self.keep("Product", product))
        weight = {"unit": "GRAMS", "value": float(good.weight_g)}
        measurement = self.keep("InventoryItemMeasurement", {"weight": weight})
        item = self.keep("InventoryItem", {"sku": good.sku, "measurement": measurement})
        option = good.option or "Default Title"
        variant = {
            "product": product,
            "good": good,
            "sku": good.sku,
            "barcode": good.barcode,
            "title": option,
            "price": self.amount(Decimal(good.price_minor) / 100),
            "selectedOptions": [{"name": "Option", "value": option}],
            "inventoryItem": item,
        }
        self.variants[good.sku] = self.keep("ProductVariant", variant)
        product["variants"].append(variant)


def on_hand(level: Node) -> int:
    return sum(level["amounts"][name] for name in COUNTED)


def number_of(gid: str) -> int:
    """``number_of("gid://shopify/Order/7")`` is 7."""
    return int(gid.rsplit("/", 1)[1])


def seconds_since(stated: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(stated)).total_seconds()


def _level_payload(level: Node) -> Node:
    return {
        "admin_graphql_api_id": level["id"],
        "inventory_item_id": number_of(level["item"]["id"]),
        "location_id": number_of(level["location"]["id"]),
        "available": level["amounts"]["available"],
        "updated_at": level["updatedAt"],
    }
