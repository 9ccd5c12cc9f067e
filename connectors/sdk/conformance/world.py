"""The world that every simulator is made of here: two goods, four places, one shopper."""

from connectors.sdk.simulator import Good, Place, Purchase, Shopper, World
from connectors.sdk.values import Address

HOME = Address(
    name="Ada Park",
    line1="9 Elm St",
    city="Bend",
    province="OR",
    postal_code="97701",
    country_code="US",
    phone="+15415550100",
    email="ada@example.com",
)
DEPOT = Address(
    name="Northwind Depot",
    line1="1 Depot Rd",
    city="Reno",
    province="NV",
    postal_code="89502",
    country_code="US",
    phone="+17755550100",
)
ADA = Shopper(
    first_name="Ada", last_name="Park", email="ada@example.com", phone="+15415550100", address=HOME
)


def _good(sku: str, option: str, price_minor: int) -> Good:
    return Good(
        sku=sku,
        product="Canvas Tee",
        title=f"Canvas Tee {option}",
        option=option,
        barcode=f"01234567890{len(sku)}",
        price_minor=price_minor,
        weight_g=180,
    )


WORLD = World(
    goods=(_good("TEE-S", "S", 1999), _good("TEE-XL", "XL", 2099)),
    places=(
        Place(code="DC-1", name="Depot", is_store=False, address=DEPOT),
        Place(code="DC-2", name="Annex", is_store=False, address=DEPOT),
        Place(code="STORE-1", name="Main Street", is_store=True, address=DEPOT),
        Place(code="STORE-2", name="Harbor", is_store=True, address=DEPOT),
    ),
    shoppers=(ADA,),
    stock={
        ("TEE-S", "DC-1"): 1000,
        ("TEE-XL", "DC-1"): 1000,
        ("TEE-XL", "DC-2"): 1000,
        ("TEE-S", "STORE-1"): 1000,
        ("TEE-XL", "STORE-1"): 1000,
        ("TEE-S", "STORE-2"): 1000,
    },
)

PURCHASE = Purchase(shopper=ADA, items=(("TEE-S", 2), ("TEE-XL", 1)))
"""What fits any shop made of WORLD; a till takes ``replace(PURCHASE, place="STORE-1")``."""
