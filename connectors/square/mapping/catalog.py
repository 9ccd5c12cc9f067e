"""Catalog items -> products: a variation is our variant and has the id that stock goes by."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from connectors.sdk.changes import Change, Removed
from connectors.sdk.records import Kind, ProductRecord, VariantRecord
from connectors.sdk.records.states import ProductStatus
from connectors.square.reading import Node


def changes(item: Node, names: Mapping[str, str], as_of: datetime) -> list[Change]:
    """Return the product of a catalog ITEM, Removed when it was deleted; *names*: `option_names`.

    *as_of* is when the request began: renaming an option moves the option's time, not the item's.

    Raises: Malformed.
    """
    if item.flag("is_deleted"):
        return [Removed(kind=Kind.PRODUCT, external_id=item.text("id"))]
    return [_product(item, names, as_of)]


def item_id(node: Node) -> str | None:
    """Return the item that a changed ITEM or ITEM_VARIATION belongs to. Raises: Malformed."""
    if node.text("type") == "ITEM":
        return node.text("id")
    data = node.optional_node("item_variation_data")
    return data.optional_text("item_id") if data else None


def option_names(related: Iterable[Node]) -> dict[str, str]:
    """Return the names of item options and of their values, by id. Raises: Malformed."""
    names: dict[str, str] = {}
    for node in related:
        option = node.optional_node("item_option_data")
        for value in option.nodes("values") if option else ():
            stated = value.node("item_option_value_data").optional_text("name")
            names[value.text("id")] = stated or ""
        if option:
            shown = option.optional_text("display_name") or option.optional_text("name")
            names[node.text("id")] = shown or ""
    return names


def _product(item: Node, names: Mapping[str, str], as_of: datetime) -> ProductRecord:
    data = item.node("item_data")
    is_archived = data.flag("is_archived")
    title = data.optional_text("name") or ""
    plain = data.optional_text("description_plaintext") or data.optional_text("description")
    return ProductRecord(
        external_id=item.text("id"),
        revised_at=as_of,
        title=title,
        status=ProductStatus.ARCHIVED if is_archived else ProductStatus.ACTIVE,
        raw_status="archived" if is_archived else "active",
        variants=tuple(
            _variant(one, names) for one in data.nodes("variations") if not one.flag("is_deleted")
        ),
        description=plain,
        url=data.optional_text("ecom_uri"),
    )


def _variant(variation: Node, names: Mapping[str, str]) -> VariantRecord:
    """Return a variation; one with a price agreed at the till (VARIABLE_PRICING) has none."""
    data = variation.node("item_variation_data")
    return VariantRecord(
        external_id=variation.text("id"),
        sku=data.optional_text("sku"),
        title=data.optional_text("name") or "",
        price=data.optional_money("price_money"),
        barcode=data.optional_text("upc"),
        options=tuple(_options(data, names)),
    )


def _options(data: Node, names: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for one in data.nodes("item_option_values"):
        option = names.get(one.optional_text("item_option_id") or "")
        value = names.get(one.optional_text("item_option_value_id") or "")
        if option and value:
            yield option, value
