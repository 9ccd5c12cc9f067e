"""A caller's leaky bucket, in one process."""

from typing import Any

import pytest

from gateway.auth.principal import ANONYMOUS, Principal, guest
from gateway.auth.scopes import Role
from gateway.clock import utc_now
from gateway.errors import Throttled
from gateway.execution.limits import throttle
from gateway.execution.limits.throttle import LocalThrottle, budget_of, caller_of
from gateway.settings.limits import Budget, Limits

BUDGET = Budget(maximum=100, restore_per_s=10)


class Ticks:
    """A clock that is turned."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def refusal(buckets: LocalThrottle, points: int, caller: str = "ada") -> Any:
    with pytest.raises(Throttled) as refused:
        await buckets.take(caller, BUDGET, points)
    return refused.value


async def left(buckets: LocalThrottle, points: int, caller: str = "ada") -> float:
    return (await buckets.take(caller, BUDGET, points)).available


async def test_a_budget_is_spent_and_comes_back_with_time() -> None:
    """No more than it was, however long nobody asks."""
    ticks = Ticks()
    buckets = LocalThrottle(ticks)
    assert 40 == await left(buckets, 60)
    ticks.now = 2.0
    assert 50 == await left(buckets, 10)
    ticks.now = 1_000.0
    assert 99 == await left(buckets, 1)


async def test_a_spent_budget_refuses_and_says_when_to_come_back() -> None:
    """Nothing is taken by what is refused."""
    ticks = Ticks()
    buckets = LocalThrottle(ticks)
    await left(buckets, 95)
    refused = await refusal(buckets, 10)
    assert 0.5 == refused.retry_after_s
    state = {"maximum": 100, "available": 5, "restoreRate": 10}
    assert {"requested": 10, "actual": 0, "throttle": state} == refused.cost
    ticks.now = 0.5
    assert 0 == await left(buckets, 10)


async def test_callers_have_budgets_of_their_own() -> None:
    """One who spends all leaves the others theirs."""
    buckets = LocalThrottle(Ticks())
    await left(buckets, 100, "ada")
    await refusal(buckets, 1, "ada")
    assert 99 == await left(buckets, 1, "ben")


async def test_what_was_not_needed_comes_back_and_what_was_needed_more_goes() -> None:
    """A bucket never holds more than its maximum, and may owe."""
    buckets = LocalThrottle(Ticks())
    await left(buckets, 100)
    buckets.give_back("ada", 70)
    assert 0 == await left(buckets, 70)
    buckets.give_back("ada", -20)
    assert 3.0 == (await refusal(buckets, 10)).retry_after_s
    buckets.give_back("ada", 1_000)
    assert 100 == await left(buckets, 0)


async def test_only_so_many_buckets_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was unused for longest is forgotten."""
    monkeypatch.setattr(throttle, "MOST_CALLERS", 2)
    buckets = LocalThrottle(Ticks())
    for caller in ("ada", "ben", "ada", "cem"):
        await left(buckets, 10, caller)
    assert 70 == await left(buckets, 10, "ada")
    assert 80 == await left(buckets, 10, "cem")
    assert 90 == await left(buckets, 10, "ben")


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        (None, "anonymous"),
        ("192.0.2.7", "anonymous:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "anonymous:2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "anonymous:2001:db8:1:2::/64"),
        ("fe80::1%eth0", "anonymous:fe80::/64"),
        ("::ffff:192.0.2.7", "anonymous:::ffff:192.0.2.7"),
        ("a socket", "anonymous:a socket"),
    ],
)
def test_strangers_share_the_budget_of_their_address(peer: str | None, name: str) -> None:
    """Of their site, where addresses are plenty."""
    assert name == caller_of(ANONYMOUS, peer)


def test_who_has_a_token_has_their_own_budget_wherever_they_are() -> None:
    """The same subject in two roles is two callers."""
    ada = Principal(role=Role.SHOPPER, subject="ada@idp")
    assert "SHOPPER:ada@idp" == caller_of(ada, "192.0.2.7") == caller_of(ada, None)
    assert "ADMIN:ada@idp" == caller_of(Principal(role=Role.ADMIN, subject="ada@idp"), None)


def test_every_role_has_its_budget() -> None:
    """And a stranger one that is smaller than a shopper's."""
    limits = Limits()
    found = {role: budget_of(Principal(role=role, subject="x"), limits) for role in Role}
    assert {
        Role.SHOPPER: limits.budget_shopper,
        Role.ASSOCIATE: limits.budget_associate,
        Role.AGENT: limits.budget_agent,
        Role.PARTNER: limits.budget_partner,
        Role.ADMIN: limits.budget_admin,
    } == found
    assert limits.budget_anonymous == budget_of(ANONYMOUS, limits)
    assert limits.budget_shopper == budget_of(guest("order_1", expires_at=utc_now()), limits)


@pytest.mark.parametrize("text", ["", "5", "5:", ":5", "a:b", "5:-1", "0:1", "1:0", "1.5:2"])
def test_a_budget_that_is_none_is_refused(text: str) -> None:
    """Two whole numbers, neither of them zero."""
    with pytest.raises(ValueError):
        Budget.parse(text)


def test_a_budget_is_read_as_it_is_written() -> None:
    """The form of the environment."""
    assert Budget(maximum=20, restore_per_s=5) == Budget.parse(" 20 : 5 ")
    assert "20:5" == str(Budget(maximum=20, restore_per_s=5))
