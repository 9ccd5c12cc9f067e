"""Plans: made once, kept while they are used, and bounded."""

from typing import Any

from graphql import OperationDefinitionNode, get_variable_values, parse

from gateway.execution.engine.plan import MAX_FIELDS
from gateway.execution.engine.plans import Plans
from gateway.execution.engine.sources import source_of
from resolvers.schema import SCHEMA as PRODUCT
from tests.unit.execution.engine import toys

SCHEMA = toys.schema()


class Known:
    """A parsed query, asked with variables."""

    def __init__(self, text: str) -> None:
        self.document = parse(text)
        (self.operation,) = [
            one for one in self.document.definitions if isinstance(one, OperationDefinitionNode)
        ]

    def plan(self, plans: Plans, **variables: Any) -> Any:
        definitions = self.operation.variable_definitions or ()
        coerced = get_variable_values(SCHEMA, definitions, variables)
        assert not isinstance(coerced, list)
        return plans.get(self.document, self.operation, coerced)


def test_a_plan_is_made_once_for_a_document() -> None:
    """Whatever its variables are, unless they leave something out."""
    plans = Plans(SCHEMA)
    query = Known("query($by: Int) { a { times(by: $by) } }")
    assert query.plan(plans, by=1) is query.plan(plans, by=2)


def test_what_is_left_out_makes_another_plan() -> None:
    """One for each set of values of the variables of @skip and @include."""
    plans = Plans(SCHEMA)
    query = Known("query($x: Boolean!) { a { id name @skip(if: $x) } }")
    with_name, without = (query.plan(plans, x=x) for x in (False, True))
    assert [3, 2] == [with_name.size, without.size]
    assert query.plan(plans, x=True) is without


def test_plans_that_were_not_used_for_longest_are_forgotten_first() -> None:
    """No more fields are kept than the limit; the documents go with their last plan."""
    plans = Plans(SCHEMA, remembered_fields=6)
    first, second, third = (Known(f"{{ a {{ {name} }} }}") for name in ("id", "name", "flag"))
    kept = first.plan(plans)
    dropped = second.plan(plans)
    assert first.plan(plans) is kept
    third.plan(plans)
    Known("{ b { id } }").plan(plans)
    assert plans.fields == 6
    assert first.plan(plans) is kept
    assert second.plan(plans) is not dropped
    assert len(plans._documents) == len(plans._plans)


def test_a_document_that_multiplies_is_left_to_graphql_core() -> None:
    """Each interface multiplies the types that may be below it; that is not planned ahead."""
    text = "{ named { " + "friend { " * 14 + "id" + " }" * 14 + " } }"
    assert 2**14 > MAX_FIELDS
    assert Known(text).plan(Plans(SCHEMA)) is None


def test_the_products_schema_is_planned_wholly() -> None:
    """Every field of every type has a source, introspection's too."""
    schema = PRODUCT._schema
    fields = {
        f"{type_.name}.{name}": field
        for type_ in schema.type_map.values()
        if hasattr(type_, "fields") and not hasattr(type_, "out_type")
        for name, field in type_.fields.items()
        if hasattr(field, "resolve")
    }
    assert len(fields) > 300
    assert [] == [name for name, field in fields.items() if source_of(field) is None]
