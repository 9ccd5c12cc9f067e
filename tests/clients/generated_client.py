"""Run by the virtual environment of ariadne-codegen, in the folder of the client that it made."""

import asyncio
import json
import sys
from typing import Any


async def main(given: dict[str, Any]) -> None:
    sys.path.insert(0, ".")
    from shop import Client, OrderCancelInput  # type: ignore[import-not-found]

    async with Client(
        url=given["url"], headers={"authorization": f"Bearer {given['token']}"}
    ) as client:
        held = await client.orders()
        refused = await client.cancel(OrderCancelInput.model_validate(given["input"]))
    said = {"orders": dump(held.orders), "refused": dump(refused.order_cancel)}
    sys.stdout.write(json.dumps(said))


def dump(model: Any) -> Any:
    return model.model_dump(mode="json", by_alias=True)


asyncio.run(main(json.load(sys.stdin)))
