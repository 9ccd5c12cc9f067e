"""Products with their variants."""

from connectors.sdk.changes import Change
from connectors.sdk.records import ProductRecord, VariantRecord
from connectors.sdk.records.states import ProductStatus
from connectors.vendure.mapping.reading import Reading
from connectors.vendure.mapping.shape import Node


def product(node: Node, reading: Reading) -> list[Change]:
    """Return one product. One that is not enabled is seen by staff alone: a draft."""
    is_enabled = node["enabled"].flag()
    return [
        ProductRecord(
            external_id=node["id"].text(),
            revised_at=reading.read_at,
            title=title(node),
            status=ProductStatus.ACTIVE if is_enabled else ProductStatus.DRAFT,
            raw_status="enabled" if is_enabled else "disabled",
            variants=tuple(_variant(each, reading) for each in node["variants"].items()),
            description=node.optional("description"),
        )
    ]


def title(node: Node) -> str:
    """Return a name; where the channel's language has none, the SKU or the id."""
    return node.optional("name") or node.optional("sku") or node["id"].text()


def _variant(node: Node, reading: Reading) -> VariantRecord:
    price = node["priceWithTax" if reading.prices_include_tax else "price"]
    return VariantRecord(
        external_id=node["id"].text(),
        sku=node.optional("sku"),
        title=title(node),
        price=reading.money(price.whole(), node["currencyCode"].text()),
        options=_options(node),
    )


def _options(node: Node) -> tuple[tuple[str, str], ...]:
    """Return the options by the name of their group: Vendure gives them in no fixed order."""
    options = node["options"].items()
    return tuple(sorted((each["group"]["name"].text(), each["name"].text()) for each in options))
