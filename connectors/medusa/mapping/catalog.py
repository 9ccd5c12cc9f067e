"""Products with their variants."""

from connectors.medusa.mapping import states
from connectors.medusa.mapping.reading import Reading
from connectors.medusa.mapping.shape import Node
from connectors.sdk.changes import Change
from connectors.sdk.records import ProductRecord, VariantRecord
from connectors.sdk.records.states import ProductStatus
from connectors.sdk.values import Money


def product(node: Node, reading: Reading) -> list[Change]:
    status = node["status"].text()
    return [
        ProductRecord(
            external_id=node["id"].text(),
            revised_at=reading.read_at,
            title=node["title"].text(),
            status=states.PRODUCT.get(status, ProductStatus.UNKNOWN),
            raw_status=status,
            variants=tuple(_variant(each, reading) for each in node.items("variants")),
            description=node.optional("description"),
        )
    ]


def _variant(node: Node, reading: Reading) -> VariantRecord:
    return VariantRecord(
        external_id=node["id"].text(),
        sku=node.optional("sku"),
        title=node.optional("title") or node["id"].text(),
        price=_price(node, reading),
        barcode=node.optional("barcode"),
        inventory_item_id=_inventory_item(node),
        options=_options(node),
    )


def _price(node: Node, reading: Reading) -> Money | None:
    """Return what one unit costs anybody: the price without rules, of no least quantity.

    Of several currencies it is that of the operator's choice; without one, none.
    """
    found = [
        price.money("amount", price["currency_code"].text())
        for price in node.items("prices")
        if not _is_for_some(price)
        and price.find("min_quantity") is None
        and price.find("max_quantity") is None
    ]
    wanted = [price for price in found if reading.options.currency in (None, price.currency)]
    return wanted[0] if len(wanted) == 1 else None


def _is_for_some(price: Node) -> bool:
    rules = price.find("rules")
    return bool(rules and rules.value)


def _inventory_item(node: Node) -> str | None:
    """Return the inventory item whose units are this variant's units.

    None for a variant that is made of several items, or of several units of one: no level counts
    it.
    """
    parts = node.items("inventory_items")
    if len(parts) != 1 or parts[0].units("required_quantity") != 1:
        return None
    return parts[0]["inventory_item_id"].text()


def _options(node: Node) -> tuple[tuple[str, str], ...]:
    """Return the options by name: Medusa gives them in no fixed order."""
    return tuple(
        sorted(
            (each["option"]["title"].text(), each["value"].text()) for each in node.items("options")
        )
    )
