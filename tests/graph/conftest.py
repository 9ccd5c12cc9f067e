"""Three systems of the tests' own, and a gateway over them, on both stores."""

from collections.abc import AsyncIterator

import pytest

from connectors.sdk.manifest import SystemKind
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import Toy, outside


@pytest.fixture
def shop() -> Toy:
    return Toy(id="shop")


@pytest.fixture
def till() -> Toy:
    return Toy(id="till", kinds=(SystemKind.POS,))


@pytest.fixture
def market() -> Toy:
    return Toy(id="market", kinds=(SystemKind.MARKETPLACE,))


@pytest.fixture
async def gateway(
    store_url: str, shop: Toy, till: Toy, market: Toy
) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that is connected to the three and has read nothing yet."""
    toys = (shop, till, market)
    async with gateway_over(
        store_url, [toy.connection for toy in toys], outside=outside(*toys)
    ) as tested:
        yield tested
