"""Scopes: what a role may have at most, and that nothing is given that no table gives."""

import pytest

from gateway.auth.principal import ANONYMOUS, Principal
from gateway.auth.scopes import MOST, Role, Scope, granted
from gateway.errors import Forbidden


def test_every_role_has_a_row() -> None:
    """A new role is not forgotten in the table."""
    assert set(MOST) == set(Role)


def test_only_an_administrator_has_everything() -> None:
    """ADMIN is no role's by accident."""
    assert [role for role in Role if Scope.ADMIN in MOST[role]] == [Role.ADMIN]
    assert granted(Role.ADMIN, None) == frozenset(Scope)


def test_a_shopper_never_sees_stock_connections_or_events() -> None:
    """What lies where is the retailer's business."""
    denied = {Scope.INVENTORY_READ, Scope.CONNECTIONS_READ, Scope.EVENTS_READ, Scope.REFUNDS_WRITE}
    assert denied & granted(Role.SHOPPER, None) == set()


def test_a_credential_narrows_and_never_widens() -> None:
    """Asking for more than the role has gives what the role has of it."""
    asked = ["orders:read", "admin", "connections:write", "no such scope", ""]
    assert granted(Role.AGENT, asked) == {Scope.ORDERS_READ}
    assert all(isinstance(scope, Scope) for scope in granted(Role.AGENT, asked))


def test_a_partner_has_only_what_its_key_names() -> None:
    """A partner's credential without scopes gives nothing."""
    assert granted(Role.PARTNER, None) == frozenset()
    assert granted(Role.PARTNER, []) == frozenset()
    assert granted(Role.PARTNER, ["orders:read"]) == {Scope.ORDERS_READ}


def test_who_shows_nothing_may_nothing() -> None:
    """Deny by default."""
    assert [scope for scope in Scope if ANONYMOUS.may(scope)] == []
    assert ANONYMOUS.is_anonymous is True
    assert (
        Principal(role=Role.SHOPPER, subject="ada", customer_id="customer_1").may(Scope.ORDERS_READ)
        is False
    )


def test_a_missing_scope_is_forbidden_by_name() -> None:
    """The integrator learns what to ask for."""
    with pytest.raises(Forbidden, match="needs the scope orders:write"):
        ANONYMOUS.require(Scope.ORDERS_WRITE)
