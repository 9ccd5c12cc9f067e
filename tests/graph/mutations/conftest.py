"""A gateway over three systems, and what the mutations are about."""

from collections.abc import AsyncIterator

import pytest

from tests import trading
from tests.gateways import GatewayUnderTest
from tests.graph.mutations.cases import Ids, begin, ids_of
from tests.trading import Trade


@pytest.fixture
def trade() -> Trade:
    return Trade()


@pytest.fixture
async def gateway(store_url: str, trade: Trade) -> AsyncIterator[GatewayUnderTest]:
    """A gateway over the three, which has read all and been told of one order of two tees."""
    async with trading.open_over(store_url, trade) as tested:
        await begin(tested, trade)
        yield tested


@pytest.fixture
async def known(gateway: GatewayUnderTest) -> Ids:
    """What the mutations are about."""
    return await ids_of(gateway)
