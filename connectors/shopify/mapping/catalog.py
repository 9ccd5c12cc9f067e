"""Products, customers, locations and stock levels, as records."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from connectors.sdk.records import (
    CustomerRecord,
    LevelRecord,
    LocationRecord,
    ProductRecord,
    Quantities,
    VariantRecord,
)
from connectors.sdk.records.states import LocationType, ProductStatus
from connectors.shopify.mapping import words
from connectors.shopify.mapping.answer import Answer, address

_GRAMS = {
    "GRAMS": Decimal(1),
    "KILOGRAMS": Decimal(1000),
    "OUNCES": Decimal("28.349523125"),
    "POUNDS": Decimal("453.59237"),
}
"""Source: admin-2026-10.graphql, WeightUnit; the international pound and ounce of 1959."""

_NO_CHOICE = "Default Title"
"""The title and only option value of a product that has no variants to choose from."""


def product(stated: Answer, currency: str, read_at: datetime) -> ProductRecord:
    """A product; *currency* is the shop's, in which Shopify states bare prices."""
    raw, title = stated["status"].text, stated["title"].text
    return ProductRecord(
        external_id=stated["id"].text,
        revised_at=read_at,
        title=title,
        status=words.PRODUCT.get(raw, ProductStatus.UNKNOWN),
        raw_status=raw,
        variants=tuple(_variant(one, title, currency) for one in stated["variants"].nodes),
        description=stated["description"].text_or_none,
        url=stated["onlineStoreUrl"].text_or_none,
    )


def _variant(stated: Answer, product_title: str, currency: str) -> VariantRecord:
    title = stated["title"].text
    choices = ((one["name"].text, one["value"].text) for one in stated["selectedOptions"].items)
    return VariantRecord(
        external_id=stated["id"].text,
        sku=stated["sku"].text_or_none,
        title=product_title if title == _NO_CHOICE else title,
        price=stated["price"].money(currency),
        barcode=stated["barcode"].text_or_none,
        inventory_item_id=stated["inventoryItem"]["id"].text,
        options=tuple(one for one in choices if one[1] != _NO_CHOICE),
        weight_g=_weight_g(stated["inventoryItem"]["measurement"]["weight"]),
    )


def _weight_g(stated: Answer) -> int | None:
    if not stated:
        return None
    unit = _GRAMS.get(stated["unit"].text)
    if unit is None:
        return None
    return int((stated["value"].decimal * unit).to_integral_value(ROUND_HALF_UP))


def customer(stated: Answer, read_at: datetime) -> CustomerRecord:
    """A customer.

    ``verifiedEmail`` is true for every customer made in the admin or through the API, so it proves
    nothing by itself; with an account (ENABLED), opened through a mail to that address, it does.
    Source: admin-2026-10.graphql, Customer.verifiedEmail and CustomerState.
    """
    email = stated["defaultEmailAddress"]["emailAddress"].text_or_none
    has_account = stated["state"].text == "ENABLED"
    addresses = (address(one) for one in stated["addressesV2"].nodes)
    return CustomerRecord(
        external_id=stated["id"].text,
        revised_at=read_at,
        email=email,
        email_verified=email is not None and has_account and stated["verifiedEmail"].flag,
        phone=stated["defaultPhoneNumber"]["phoneNumber"].text_or_none,
        first_name=stated["firstName"].text_or_none,
        last_name=stated["lastName"].text_or_none,
        is_guest=not has_account,
        addresses=tuple(one for one in addresses if one),
        created_at=stated["createdAt"].time,
    )


def location(stated: Answer, read_at: datetime) -> LocationRecord:
    """A location. Shopify has no kinds: an app's location is a 3PL, one that offers pick-up is a
    store, any other a warehouse. The code is the merchant's metafield, for want of one the name."""
    name = stated["name"].text
    return LocationRecord(
        external_id=stated["id"].text,
        revised_at=read_at,
        code=stated["code"]["value"].text_or_none or name,
        name=name,
        type=_location_type(stated),
        address=address(stated["address"]),
        is_active=stated["isActive"].flag,
    )


def _location_type(stated: Answer) -> LocationType:
    if stated["isFulfillmentService"].flag:
        return LocationType.THREE_PL
    return LocationType.STORE if stated["localPickupSettingsV2"] else LocationType.WAREHOUSE


def level(stated: Answer, read_at: datetime) -> LevelRecord:
    """A stock level. Its id is ours, item@location: Shopify's own is not in every webhook."""
    item_id, location_id = stated["item"]["id"].text, stated["location"]["id"].text
    found = {one["name"].text: one["quantity"].whole for one in stated["quantities"].items}
    return LevelRecord(
        external_id=level_id(item_id, location_id),
        revised_at=read_at,
        item_id=item_id,
        sku=stated["item"]["sku"].text_or_none,
        location_id=location_id,
        quantities=Quantities(
            on_hand=found.get("on_hand"),
            available=found.get("available"),
            committed=found.get("committed"),
            reserved=found.get("reserved"),
            safety_stock=found.get("safety_stock"),
            quality_control=found.get("quality_control"),
            damaged=found.get("damaged"),
            incoming=found.get("incoming"),
        ),
    )


def level_id(item_id: str, location_id: str) -> str:
    return f"{item_id}@{location_id}"
