"""Fixtures of the pure tests."""

import copy

import pytest

from connectors.vendure.tests import samples
from connectors.vendure.tests.states import Given


@pytest.fixture
def given_order() -> Given:
    """Two kettles (line 201) and a spoon (line 202), paid, nothing sent."""
    return copy.deepcopy(samples.load("order_placed")["given"])
