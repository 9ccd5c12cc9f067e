"""One request to the application, as it is."""

from typing import Any

import httpx2

from tests.gateways import ADMIN, GatewayUnderTest


async def send(
    gateway: GatewayUnderTest, method: str = "POST", path: str = "/graphql", **given: Any
) -> httpx2.Response:
    """Send one request to the application; what it raises is the test's failure."""
    transport = httpx2.ASGITransport(app=gateway.app)
    headers = {"authorization": f"Bearer {gateway.token(ADMIN)}", **given.pop("headers", {})}
    async with httpx2.AsyncClient(transport=transport, base_url=gateway.url) as http:
        return await http.request(method, path, headers=headers, **given)
