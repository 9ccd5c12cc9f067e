"""Marks: what a command is to reach, written on the order before anything changes, where Shopify
keeps no key for it. "Two fewer" means something else after it happened; "five left" does not.
"""

import json
from collections.abc import Mapping
from typing import Any

from connectors.sdk.errors import Malformed
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.flow import Flow, refuse

NAMESPACE = "unified_commerce"


def read(order_id: str, key: str) -> Flow[Mapping[str, Any] | None]:
    """The mark of that *key*, a JSON object; None when there is none. Raises: Malformed."""
    answered = yield Call(name="OrderMark", variables={"id": order_id, "key": key})
    text = answered.data["order"]["metafield"]["value"].text_or_none
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Malformed("$.order.metafield.value: not a mark of ours")
    return value


def write(order_id: str, key: str, value: Mapping[str, Any]) -> Flow[None]:
    """Write a mark, in place of an earlier one of that *key*."""
    mark = {
        "ownerId": order_id,
        "namespace": NAMESPACE,
        "key": key,
        "type": "json",
        "value": json.dumps(value),
    }
    answered = yield Call(name="OrderMarkSet", variables={"metafields": [mark]})
    refuse(answered.data["metafieldsSet"])
