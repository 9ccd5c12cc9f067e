"""Who may run what: all of it is decided, and paid for, before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import build_schema

from gateway.auth.principal import ANONYMOUS, Principal
from gateway.auth.scopes import Role
from gateway.errors import Throttled
from gateway.execution.admit import Admission, Charge
from gateway.execution.document import RequestError
from gateway.execution.limits.throttle import LocalThrottle
from gateway.execution.present import errors
from gateway.settings.limits import Budget, Limits

SCHEMA = build_schema(
    """
    type Item { id: ID }
    type Items { nodes: [Item!]! }
    type Query { items(first: Int): Items! role: String entities(representations: [ID!]!): [Item]! }
    type Subscription { item: Item }
    """
)
ROLE = "{ role }"
EVENTS = "subscription { item { id } }"
PAGE = "query($n: Int) { items(first: $n) { nodes { id } } }"
LIMITS = Limits(max_cost=100, budget_shopper=Budget(maximum=150, restore_per_s=1))
ADA = Principal(role=Role.SHOPPER, subject="ada")


@dataclass(frozen=True)
class Asked:
    query: str
    name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Who:
    principal: Principal = ADA
    peer: str | None = None
    charge: Charge | None = None


def admission(limits: Limits = LIMITS) -> Admission:
    """Admit to the schema above, its documents known; time stands still."""
    by = Admission(SCHEMA, limits, LocalThrottle(lambda: 0.0))
    for text in (PAGE, ROLE, EVENTS):
        by.remember(text)
    return by


async def refusal(by: Admission, asked: Asked, who: Who) -> tuple[int, dict[str, Any]]:
    with pytest.raises(RequestError) as refused:
        await by.admit(asked, who)
    assert who.charge is None
    return refused.value.status, errors(refused.value.errors)[0]


async def test_what_is_admitted_is_paid_for() -> None:
    """The answer can say what it cost, and how the budget is."""
    who = Who()
    document = await admission().admit(Asked(PAGE, variables={"n": 60}), who)
    assert {None} == document.costs.keys()
    state = {"maximum": 150, "available": 88, "restoreRate": 1}
    assert who.charge is not None
    assert {"requested": 62, "actual": 62, "throttle": state} == who.charge.state()


async def test_what_was_not_needed_is_given_back() -> None:
    """The answer had three objects; the next one begins with what that left."""
    by, who = admission(), Who()
    await by.admit(Asked(PAGE, variables={"n": 60}), who)
    assert who.charge is not None
    who.charge.settle(3)
    state = {"maximum": 150, "available": 146, "restoreRate": 1}
    assert {"requested": 62, "actual": 4, "throttle": state} == who.charge.state()
    await by.admit(Asked(ROLE), who)
    assert 145 == who.charge.state()["throttle"]["available"]


async def test_what_is_too_costly_is_refused_and_costs_nothing() -> None:
    """With what it would cost and the most there is."""
    by, who = admission(), Who()
    status, error = await refusal(by, Asked(PAGE, variables={"n": 99}), who)
    expected = {"code": "TOO_COSTLY", "requested": 101, "max": 100}
    assert (400, expected) == (status, error["extensions"])
    await by.admit(Asked(PAGE, variables={"n": 98}), who)
    assert who.charge is not None
    assert (100, 50) == (who.charge.requested, who.charge.balance.available)


async def test_what_no_budget_could_ever_pay_is_too_costly() -> None:
    """It is not a matter of waiting."""
    poor = LIMITS.model_copy(update={"budget_shopper": Budget(maximum=50, restore_per_s=1)})
    _, error = await refusal(admission(poor), Asked(PAGE, variables={"n": 10**60}), Who())
    assert {"code": "TOO_COSTLY", "requested": 1_000_000_000, "max": 50} == error["extensions"]


async def test_a_spent_budget_refuses() -> None:
    """Until it has come back."""
    by, who = admission(), Who()
    await by.admit(Asked(PAGE, variables={"n": 98}), who)
    who = Who()
    with pytest.raises(Throttled) as refused:
        await by.admit(Asked(PAGE, variables={"n": 58}), who)
    assert (10.0, None) == (refused.value.retry_after_s, who.charge)


async def test_reading_a_new_document_is_paid_for_once_valid_or_not() -> None:
    """A point for twenty characters: whoever sends ever new ones that are refused has to wait."""
    by, who = Admission(SCHEMA, LIMITS, LocalThrottle(lambda: 0.0)), Who()
    long = "{ role } #" + "x" * 1_000
    await by.read(long, who)
    await by.admit(Asked(long), who)
    assert who.charge is not None
    assert 150 - 1_010 // 20 - 1 == who.charge.balance.available
    for number in (1, 2, 3):
        with pytest.raises(RequestError):
            await by.read(f"{{ rule }} #{number}{'x' * 600}", who)
    with pytest.raises(Throttled):
        await by.read(f"{{ rule }} #4{'x' * 600}", who)
    await by.admit(Asked(long), who)


async def test_a_document_that_is_too_long_is_refused_before_it_is_paid_for() -> None:
    """It is not read."""
    by, who = admission(Limits(max_document_characters=100)), Who()
    _, error = await refusal(by, Asked("{ role } #" + "x" * 91), who)
    assert ("document_characters", 101) == (
        error["extensions"]["limit"],
        error["extensions"]["actual"],
    )
    await by.admit(Asked(ROLE), who)
    assert who.charge is not None
    assert 40_000 - 1 == who.charge.balance.available


async def test_strangers_pay_from_the_budget_of_their_address() -> None:
    """Those elsewhere have another."""
    budget = Budget(maximum=10, restore_per_s=1)
    by = admission(Limits(budget_anonymous=budget))
    await by.admit(Asked(PAGE, variables={"n": 8}), Who(ANONYMOUS, "192.0.2.1"))
    with pytest.raises(Throttled):
        await by.admit(Asked(ROLE), Who(ANONYMOUS, "192.0.2.1"))
    await by.admit(Asked(ROLE), Who(ANONYMOUS, "192.0.2.2"))


async def test_a_subscription_is_paid_for_and_its_events_say_nothing_of_it() -> None:
    """They are the same for all who follow."""
    by, who = admission(), Who()
    await by.admit(Asked(EVENTS), who)
    assert who.charge is None
    await by.admit(Asked(ROLE), who)
    assert who.charge is not None
    assert 150 - 2 - 1 == who.charge.balance.available


HIDDEN = "query a { role } query b { ...f } fragment f on Query { __schema { types { name } } }"


async def test_the_schema_is_not_told_to_strangers() -> None:
    """Nor by a fragment; another operation of the same document may run."""
    by = Admission(SCHEMA)
    status, error = await refusal(by, Asked(HIDDEN, "b"), Who(ANONYMOUS))
    assert (403, "FORBIDDEN") == (status, error["extensions"]["code"])
    await by.admit(Asked(HIDDEN, "a"), Who(ANONYMOUS))
    await by.admit(Asked(HIDDEN, "b"), Who(ADA))


async def test_the_schema_is_told_to_nobody_where_the_operator_says_so() -> None:
    """Nor what a name may have meant."""
    by = Admission(SCHEMA, Limits(introspection=False))
    status, error = await refusal(by, Asked(HIDDEN, "b"), Who(ADA))
    assert (403, "FORBIDDEN") == (status, error["extensions"]["code"])
    _, error = await refusal(by, Asked("{ rule }"), Who(ADA))
    assert "Cannot query field 'rule' on type 'Query'." == error["message"]


async def test_what_a_name_may_have_meant_is_told_to_who_has_a_token() -> None:
    """A stranger learns that it is wrong, and no name of the schema that they did not know."""
    by = Admission(SCHEMA)
    _, told = await refusal(by, Asked("{ rule }"), Who(ADA))
    _, untold = await refusal(by, Asked("{ rule }"), Who(ANONYMOUS))
    plain = "Cannot query field 'rule' on type 'Query'."
    assert (f"{plain} Did you mean 'role'?", plain) == (told["message"], untold["message"])


async def test_no_message_repeats_more_than_200_characters() -> None:
    """Of a document or a name that is long."""
    by = Admission(SCHEMA)
    for text in (
        "{ " + "x" * 5_000 + " }",
        "{ role } " + "x" * 5_000,
        '{ items(first: "' + "x" * 5_000 + '") { nodes { id } } }',
    ):
        _, error = await refusal(by, Asked(text), Who())
        assert 200 == len(error["message"])
    _, error = await refusal(by, Asked("{ role }", "x" * 5_000), Who())
    assert "no such operation" == error["message"]


@pytest.mark.parametrize("is_literal", [True, False])
async def test_a_list_to_be_looked_up_is_bounded(is_literal: bool) -> None:
    """Entities, nodes: as it is written, or as a variable."""
    by = admission(Limits(max_items=3))
    text = "query($r: [ID!]!) { entities(representations: $r) { id } }"
    for count, is_refused in ((3, False), (4, True)):
        ids = [str(n) for n in range(count)]
        literal = f"{{ entities(representations: {ids}) {{ id }} }}".replace("'", '"')
        asked = Asked(literal) if is_literal else Asked(text, variables={"r": ids})
        if not is_refused:
            await by.admit(asked, Who())
            continue
        _, error = await refusal(by, asked, Who())
        expected = {"code": "LIMIT_EXCEEDED", "limit": "items", "max": 3, "actual": 4}
        assert expected == error["extensions"]


async def test_limits_of_variables_come_before_all_that_looks_at_them() -> None:
    """With the limit's name."""
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    _, error = await refusal(admission(), Asked(PAGE, variables={"n": deep}), Who())
    expected = {"code": "LIMIT_EXCEEDED", "limit": "variables_depth", "max": 32, "actual": 33}
    assert expected == error["extensions"]
