"""What one seller has at Square: places, catalog, people, stock, orders, money."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from copy import deepcopy
from decimal import Decimal

from connectors.sdk.simulator import Clock, Good, Place, Post, Shopper, World
from connectors.sdk.values import Address
from connectors.square.simulated.wire import Cursors, Ids, Json, Keys, money, number, stamp
from connectors.square.webhooks import HEADER, sign

UNTRACKED = ("NONE", "SOLD", "UNLINKED_RETURN")
"""States that Square keeps no count of."""


class Books:
    """All state, in Square's own JSON, and the webhooks that its changes send."""

    def __init__(self, world: World, clock: Clock, currency: str, secret: str) -> None:
        self.clock = clock
        self.currency = currency
        self.ids = Ids()
        self.cursors = Cursors(self.ids)
        self.keys = Keys()
        self.posts: list[Post] = []
        self.url: str | None = None
        self._secret = secret
        self.merchant_id = self.ids.new(13)
        self.locations: dict[str, Json] = {}
        self.items: dict[str, Json] = {}
        self.options: dict[str, Json] = {}
        self.customers: dict[str, Json] = {}
        self.counts: dict[tuple[str, str, str], Json] = {}
        self.changes: list[Json] = []
        self.orders: dict[str, Json] = {}
        self.payments: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.meddling: dict[str, int] = {}
        """How many more times somebody changes an order just after it was read."""
        self.declines_refunds = False
        self.profiles = "DIRECTORY"
        """How profiles come about; INSTANT_PROFILE: the till makes them of who pays."""
        self.closings: Counter[str] = Counter()
        """How often each order was canceled or its fulfillment completed."""
        self._open(world)

    # Time and messages ---------------------------------------------------------------------------

    def now(self) -> str:
        return stamp(self.clock())

    def post(self, topic: str, kind: str, subject_id: str, stated: Json | None) -> None:
        """Queue one signed webhook, if anyone registered."""
        if self.url is None:
            return
        data: Json = {"type": kind, "id": subject_id}
        if stated is not None:
            data["object"] = deepcopy(stated)
        event = {
            "merchant_id": self.merchant_id,
            "type": topic,
            "event_id": f"{self.ids.new(8)}-{self.ids.new(12)}".lower(),
            "created_at": self.now(),
            "data": data,
        }
        body = json.dumps(event, separators=(",", ":")).encode()
        headers = {"content-type": "application/json", HEADER: sign(self._secret, self.url, body)}
        self.posts.append(Post(url=self.url, headers=headers, body=body))

    # Looking things up ---------------------------------------------------------------------------

    def location_id(self, code: str | None) -> str:
        """Return the location of a place, the first one for None."""
        for location in self.locations.values():
            if code in (None, location["name"]):
                return str(location["id"])
        raise LookupError(f"no till at {code}")

    def variation(self, sku: str) -> tuple[Json, Json]:
        """Return the item and the variation with *sku*."""
        return next(
            (item, one)
            for item in self.items.values()
            for one in item["item_data"]["variations"]
            if one["item_variation_data"]["sku"] == sku
        )

    def quantity(self, item_id: str, location_id: str, state: str = "IN_STOCK") -> Decimal:
        count = self.counts.get((item_id, location_id, state))
        return Decimal(count["quantity"]) if count else Decimal(0)

    # Stock ---------------------------------------------------------------------------------------

    def move(
        self, item_id: str, location_id: str, quantity: Decimal, states: tuple[str, str]
    ) -> None:
        """Move *quantity* from one state to another."""
        for state, change in zip(states, (-quantity, quantity), strict=True):
            if state not in UNTRACKED:
                held = self.quantity(item_id, location_id, state)
                self.put(item_id, location_id, held + change, state)

    def put(
        self, item_id: str, location_id: str, quantity: Decimal, state: str = "IN_STOCK"
    ) -> Json:
        """Make a state hold *quantity* and tell whoever listens."""
        count = {
            "catalog_object_id": item_id,
            "catalog_object_type": "ITEM_VARIATION",
            "state": state,
            "location_id": location_id,
            "quantity": number(quantity),
            "calculated_at": self.now(),
        }
        self.counts[item_id, location_id, state] = count
        stated = {"inventory_counts": [count]}
        self.post("inventory.count.updated", "inventory_counts", self.ids.new(), stated)
        return count

    # People --------------------------------------------------------------------------------------

    def customer(self, shopper: Shopper) -> str:
        """Return the profile of *shopper*, made on their first visit."""
        for known in self.customers.values():
            if known["email_address"] == shopper.email:
                return str(known["id"])
        customer_id = self.ids.new(26)
        profile: Json = {
            "id": customer_id,
            "created_at": self.now(),
            "updated_at": self.now(),
            "given_name": shopper.first_name,
            "family_name": shopper.last_name,
            "email_address": shopper.email,
            "phone_number": shopper.phone,
            "address": address(shopper.address),
            "preferences": {"email_unsubscribed": False},
            "creation_source": self.profiles,
            "version": 0,
        }
        self.customers[customer_id] = profile
        self.post("customer.created", "customer", customer_id, {"customer": profile})
        return customer_id

    # The opening balance -------------------------------------------------------------------------

    def _open(self, world: World) -> None:
        for place in world.places:
            if place.is_store:
                self._add_location(place)
        by_product: dict[str, list[Good]] = {}
        for good in world.goods:
            by_product.setdefault(good.product, []).append(good)
        for product, goods in by_product.items():
            self._add_item(product, goods)
        codes = {place["name"]: place["id"] for place in self.locations.values()}
        for (sku, code), units in world.stock.items():
            if code in codes:
                _, variation = self.variation(sku)
                self.put(variation["id"], codes[code], Decimal(units))

    def _add_location(self, place: Place) -> None:
        location_id = "L" + self.ids.new(12)
        self.locations[location_id] = {
            "id": location_id,
            "name": place.code,
            "business_name": place.name,
            "address": address(place.address),
            "status": "ACTIVE",
            "type": "PHYSICAL",
            "created_at": stamp(self.clock())[:19] + "Z",
            "merchant_id": self.merchant_id,
            "country": place.address.country_code or "US",
            "currency": self.currency,
        }

    def _add_item(self, product: str, goods: Iterable[Good]) -> None:
        item_id, option_id = self.ids.new(), self.ids.new()
        values: list[Json] = []
        variations: list[Json] = []
        for ordinal, good in enumerate(goods):
            values.append(_option_value(self.ids.new(), option_id, good.option, ordinal))
            links = {"item_option_id": option_id, "item_option_value_id": values[-1]["id"]}
            variations.append(self._variation(item_id, good, ordinal, links))
        self.options[option_id] = {
            "type": "ITEM_OPTION",
            "id": option_id,
            "updated_at": self.now(),
            "version": 1,
            "item_option_data": {"name": "Option", "display_name": "Option", "values": values},
        }
        self.items[item_id] = {
            **self._object("ITEM", item_id),
            "item_data": {
                "name": product,
                "description": f"{product}, as sold at the till",
                "variations": variations,
                "product_type": "REGULAR",
                "item_options": [{"item_option_id": option_id}],
                "is_archived": False,
            },
        }

    def _variation(self, item_id: str, good: Good, ordinal: int, links: Json) -> Json:
        return {
            **self._object("ITEM_VARIATION", self.ids.new()),
            "item_variation_data": {
                "item_id": item_id,
                "name": good.option,
                "sku": good.sku,
                "upc": good.barcode,
                "ordinal": ordinal,
                "pricing_type": "FIXED_PRICING",
                "price_money": money(good.price_minor, self.currency),
                "track_inventory": True,
                "item_option_values": [links],
            },
        }

    def _object(self, kind: str, object_id: str) -> Json:
        return {
            "type": kind,
            "id": object_id,
            "updated_at": self.now(),
            "version": 1,
            "is_deleted": False,
            "present_at_all_locations": True,
        }


Handler = Callable[[Books, Json], Json]
"""An operation: the query or body, path parts included, in; the answer out."""


def address(stated: Address) -> Json:
    parts = {
        "address_line_1": stated.line1,
        "address_line_2": stated.line2,
        "locality": stated.city,
        "administrative_district_level_1": stated.province,
        "postal_code": stated.postal_code,
        "country": stated.country_code,
    }
    return {key: value for key, value in parts.items() if value}


def _option_value(value_id: str, option_id: str, name: str, ordinal: int) -> Json:
    data = {"item_option_id": option_id, "name": name, "ordinal": ordinal}
    return {"type": "ITEM_OPTION_VAL", "id": value_id, "item_option_value_data": data}
