"""Validation: the specification's rules, within bounds.

graphql-core ends a validation by itself that finds too many errors, or whose comparing of fields
with the same response name would go on for too long. It counts the steps of that against a module's
variable (`MAX_COMPLEXITY_BUDGET`), which is set for the process.
Source: graphql-core 3.3.2, validation/rules/overlapping_fields_can_be_merged.py.
"""

from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    StringValueNode,
    Visitor,
    validate,
    visit,
)
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping

from gateway.errors import LimitExceeded
from gateway.execution.limits.refusal import RequestError, coded, refused
from gateway.execution.limits.variables import NUL
from gateway.settings.limits import Limits

MAX_ERRORS = 20
"""Errors of one answer: a person mends one after the other, a generator has the same everywhere."""
_ABORTED = "Validation aborted."


def require_valid(
    schema: GraphQLSchema, document: DocumentNode, limits: Limits, *, suggest: bool
) -> None:
    """Refuse what breaks the schema. *suggest*: say what a misspelled name may have meant.

    Raises: RequestError.
    """
    unstorable = _unstorable(document)
    if unstorable:
        raise RequestError(*unstorable[:MAX_ERRORS])
    overlapping.MAX_COMPLEXITY_BUDGET = limits.max_comparisons
    errors = validate(schema, document, max_errors=MAX_ERRORS, hide_suggestions=not suggest)
    if errors and errors[-1].message == _ABORTED:
        maximum = limits.max_comparisons
        raise refused(LimitExceeded("comparisons", maximum=maximum, actual=maximum + 1))
    if errors:
        raise RequestError(*(coded(one, "GRAPHQL_VALIDATION_FAILED") for one in errors))


def _unstorable(document: DocumentNode) -> list[GraphQLError]:
    """Text with NUL, which PostgreSQL cannot hold: every store refuses the same."""
    found: list[GraphQLError] = []

    class Strings(Visitor):
        def enter_string_value(self, value: StringValueNode, *_: Any) -> None:
            if "\0" in value.value:
                found.append(coded(GraphQLError(NUL, value), "BAD_USER_INPUT"))

    text = document.loc.source.body if document.loc else ""
    if "\0" in text or "\\u" in text:  # as it is, or escaped
        visit(document, Strings())
    return found
