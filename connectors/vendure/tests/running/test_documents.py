"""Every document against the schema that the running shop itself tells."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query, parse, validate

from connectors.vendure import requests
from connectors.vendure.tests.running.staff import Staff

pytestmark = pytest.mark.systems

DOCUMENTS = requests.READS | requests.WRITES


async def _schema(staff: Staff) -> GraphQLSchema:
    found: Any = await staff.answer(get_introspection_query())
    return build_client_schema(found["data"])


async def test_every_document_is_valid_at_the_running_shop(staff: Staff) -> None:
    """None asks for a field, an argument or a type that the shop has not."""
    schema = await _schema(staff)
    problems = {
        name: [error.message for error in validate(schema, parse(text))]
        for name, text in DOCUMENTS.items()
    }
    assert not any(problems.values()), problems
    assert 17 == len(problems)


async def test_list_filters_and_sorts_exist_at_the_running_shop(staff: Staff) -> None:
    """They go as variables, so validating documents does not see them."""
    schema = await _schema(staff)
    lists = {
        "Order": ("id", "orderPlacedAt", "updatedAt"),
        "Customer": ("id", "updatedAt"),
        "Product": ("id", "updatedAt"),
        "ProductVariant": ("id", "updatedAt"),
        "StockLocation": ("id",),
    }
    for noun, names in lists.items():
        for suffix in ("FilterParameter", "SortParameter"):
            fields = getattr(schema.type_map[noun + suffix], "fields", {})
            assert set(names) <= set(fields), noun + suffix
