"""The world that the simulators share: a small chain with a web shop, two stores and a 3PL.

All names, people and addresses are made up.
"""

from collections.abc import Iterable, Mapping
from itertools import product

from connectors.sdk.simulator import Good, Place, Shopper, World
from connectors.sdk.values import Address

WAREHOUSE = "DC-RENO"
STORES = ("NYC-SOHO", "CHI-LOOP")
IN_WAREHOUSE = 600
IN_STORE = 80
UNLISTED = "GIFT-WRAP"
"""What the web shop sells as a custom item, and no catalogue has."""

_RANGE = (
    ("Harbor Tee", "TEE", 2800, 180, ("S", "M", "L")),
    ("Ridge Fleece", "FLC", 8900, 520, ("S", "M", "L")),
    ("Rain Shell", "SHL", 14900, 430, ("S", "M", "L")),
    ("Wool Socks", "SOX", 1800, 90, ("36-40", "41-45")),
    ("Trail Cap", "CAP", 2600, 110, ("One Size",)),
    ("Canvas Tote", "TOT", 3400, 300, ("Natural", "Navy")),
    ("Enamel Mug", "MUG", 1600, 250, ("White", "Blue")),
    ("Steel Bottle", "BTL", 3200, 340, ("500 ml", "1 l")),
    ("Field Notebook", "NTB", 1200, 160, ("Plain", "Dotted")),
    ("Camp Lantern", "LMP", 5400, 610, ("Brass",)),
    ("Linen Apron", "APR", 4200, 280, ("Sand",)),
    ("Beeswax Candle", "CND", 1900, 220, ("Small", "Large")),
)
"""Product, letters of its SKUs, price in cents of USD, grams, options."""


def _goods() -> Iterable[Good]:
    barcode = 8_600_000_000_000
    for title, letters, price_minor, weight_g, options in _RANGE:
        for option in options:
            barcode += 10
            yield Good(
                sku=f"{letters}-{option.replace(' ', '').upper()}",
                product=title,
                title=f"{title} {option}",
                option=option,
                barcode=str(barcode),
                price_minor=price_minor,
                weight_g=weight_g,
            )


def _us(line1: str, city: str, province: str, postal_code: str) -> Address:
    return Address(
        line1=line1, city=city, province=province, postal_code=postal_code, country_code="US"
    )


GOODS = tuple(_goods())
PLACES = (
    Place(
        code=WAREHOUSE,
        name="Reno Fulfillment Center",
        is_store=False,
        address=_us("4100 Sagebrush Parkway", "Reno", "NV", "89506"),
    ),
    Place(
        code=STORES[0],
        name="SoHo Store",
        is_store=True,
        address=_us("212 Mercer Street", "New York", "NY", "10012"),
    ),
    Place(
        code=STORES[1],
        name="Loop Store",
        is_store=True,
        address=_us("18 West Madison Street", "Chicago", "IL", "60602"),
    ),
)

_PEOPLE = (
    ("Ada", "Marlowe", "17 Juniper Lane", "Brooklyn", "NY", "11215"),
    ("Ben", "Okafor", "902 Prairie Avenue", "Chicago", "IL", "60616"),
    ("Chloe", "Lindqvist", "44 Harbor View", "Portland", "ME", "04101"),
    ("Dario", "Esposito", "310 Cedar Street", "Oakland", "CA", "94607"),
    ("Emi", "Tanaka", "5 Larkspur Court", "Seattle", "WA", "98103"),
    ("Farid", "Haddad", "1280 Elm Drive", "Dearborn", "MI", "48124"),
    ("Greta", "Novak", "76 Orchard Road", "Cleveland", "OH", "44113"),
    ("Hugo", "Reyes", "2204 Mesa Trail", "Tucson", "AZ", "85716"),
    ("Ines", "Costa", "61 Willow Bend", "Providence", "RI", "02906"),
    ("Jonah", "Whitfield", "8 Quarry Hill", "Burlington", "VT", "05401"),
    ("Kavya", "Raman", "515 Magnolia Way", "Austin", "TX", "78704"),
    ("Liam", "Byrne", "39 Foundry Street", "Pittsburgh", "PA", "15203"),
)
SHOPPERS = tuple(
    Shopper(
        first_name=first,
        last_name=last,
        email=f"{first}.{last}@example.com".lower(),
        phone=f"+1202555{100 + number:04d}",
        address=_us(*address),
    )
    for number, (first, last, *address) in enumerate(_PEOPLE)
)

Stock = Mapping[tuple[str, str], int]


def in_warehouse(less: Mapping[str, int] | None = None) -> Stock:
    """Return the warehouse's stock; *less* units of a SKU have left before."""
    gone = less or {}
    return {(one.sku, WAREHOUSE): IN_WAREHOUSE - gone.get(one.sku, 0) for one in GOODS}


def in_stores() -> Stock:
    """Return the stores' stock."""
    return {(one.sku, store): IN_STORE for one, store in product(GOODS, STORES)}


def world(stock: Stock) -> World:
    """Return the world with *stock* in it."""
    return World(goods=GOODS, places=PLACES, shoppers=SHOPPERS, stock=stock)
