"""What one operation may ask for, and how much a caller may ask for in a while.

Every limit is a setting: ``max_depth`` is ``GATEWAY_MAX_DEPTH``. The names that refusals carry are
those of the fields, without ``max_``. ``Limits()`` are the defaults, without any environment.
"""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_settings import NoDecode


class Budget(BaseModel, frozen=True):
    """A caller's leaky bucket: *maximum* points when full, *restore_per_s* more each second."""

    maximum: int = Field(gt=0)
    restore_per_s: int = Field(gt=0)

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read ``"20000:500"``. Raises: ValueError."""
        if isinstance(value, cls):
            return value
        maximum, separator, restore = str(value).partition(":")
        if not (separator and maximum.strip().isdigit() and restore.strip().isdigit()):
            raise ValueError("not MAXIMUM:RESTORED_PER_SECOND, two whole numbers")
        return cls(maximum=int(maximum), restore_per_s=int(restore))

    def __str__(self) -> str:
        return f"{self.maximum}:{self.restore_per_s}"


_Budget = Annotated[Budget, NoDecode, BeforeValidator(Budget.parse)]


def _budget(maximum: int, restore_per_s: int, of_whom: str) -> Budget:
    default = Budget(maximum=maximum, restore_per_s=restore_per_s)
    found: Budget = Field(
        default=default,
        description=f"Points that {of_whom} may spend at once, and how many come back each second.",
    )
    return found


class Limits(BaseModel):
    """The defaults fit what real clients send, with room: see docs/reference/limits.md."""

    max_document_characters: int = Field(
        default=100_000,
        gt=0,
        description="Characters of a document. Longer ones are registered, or hostile.",
    )
    max_tokens: int = Field(
        default=3_000,
        gt=0,
        description="Tokens of a document, comments too. The largest of real clients have some "
        "1,000; reading takes time and memory with their number.",
    )
    max_operations: int = Field(
        default=50,
        gt=0,
        description="Operations in a document: a client may send all it has and name one.",
    )
    max_fragments: int = Field(
        default=200,
        gt=0,
        description="Fragments in a document: a screen has tens, and each is compared to others.",
    )
    max_depth: int = Field(
        default=20,
        gt=0,
        le=100,
        description="Fields within fields, through fragments and introspection too. The usual "
        "introspection query is 15 deep.",
    )
    max_fields: int = Field(
        default=2_000,
        gt=0,
        description="Fields of an operation, those of a fragment as often as it is spread.",
    )
    max_root_fields: int = Field(
        default=50,
        gt=0,
        description="Fields at the top of an operation: each is a question of its own.",
    )
    max_aliases: int = Field(
        default=100,
        gt=0,
        description="Aliases in an operation, behind fragments too: they ask one thing many times.",
    )
    max_directives: int = Field(
        default=200,
        gt=0,
        description="Directives in an operation, behind fragments too.",
    )
    max_values: int = Field(
        default=500,
        gt=0,
        description="Literals in the arguments of an operation, each item of a list or an object "
        "too. Large inputs come as variables.",
    )
    max_comparisons: int = Field(
        default=10_000,
        gt=0,
        description="Steps of comparing fields that have the same name in the answer: fields and "
        "fragments that are repeated grow it by the square.",
    )
    max_variables_depth: int = Field(
        default=32, gt=0, description="Lists and objects within each other in the variables."
    )
    max_variables_values: int = Field(
        default=10_000, gt=0, description="Values in the variables, however they are nested."
    )
    max_items: int = Field(
        default=250,
        gt=0,
        description="Items of a list that is looked up: `_entities(representations:)`, "
        "`nodes(ids:)`.",
    )
    max_cost: int = Field(
        default=20_000,
        gt=0,
        description="Points of one operation: about the objects that it may return.",
    )
    budget_anonymous: _Budget = _budget(20_000, 200, "an address without a token")
    budget_shopper: _Budget = _budget(40_000, 1_000, "a shopper or the holder of a link")
    budget_associate: _Budget = _budget(100_000, 5_000, "an associate")
    budget_partner: _Budget = _budget(100_000, 2_000, "a partner's key")
    budget_agent: _Budget = _budget(1_000_000, 50_000, "an agent")
    budget_admin: _Budget = _budget(1_000_000_000, 100_000_000, "an admin")
    introspection: bool = Field(
        default=True,
        description="Whether callers with a token may ask for the schema, and are told what a "
        'misspelled name may have meant. Strangers never may, nor are told. "false": nobody.',
    )
