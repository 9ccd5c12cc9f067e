"""Whatever Amazon goes wrong in: records that keep their rules, or Malformed; never a crash."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from connectors.amazon.kit import KIT
from connectors.amazon.mapping import inventory
from connectors.amazon.reading import Node
from connectors.sdk.conformance import shape
from connectors.sdk.errors import Malformed

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*.json"))
TRIES = 300
"""For each sample; always the same ones."""
_JUNK: tuple[Any, ...] = (
    *(None, "", " ", "7", "null", "NaN", "1e400", "-5.005", "2026-13-45T99:00:00Z", "\ud800"),
    *(-1, 0, 10**30, True, [], {}, [None], [[]], {"amount": "x"}, {"currencyCode": "US"}),
)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything in a JSON value."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _broken(given: Any, luck: Random) -> Any:
    """*given* with one part replaced or left out."""
    found = deepcopy(given)
    holder, key = luck.choice(list(_places(found)))
    if isinstance(holder, dict) and luck.random() < 0.3:
        del holder[key]
    else:
        holder[key] = luck.choice(_JUNK)
    return found


def _outcome(read: Callable[[], Any]) -> str:
    try:
        changes = read()
    except Malformed:
        return "malformed"
    shape.require_sound(changes)
    return "sound"


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_a_broken_payload_is_read_or_malformed(file: Path) -> None:
    """One part of it is another, or is not there."""
    sample = json.loads(file.read_text())
    luck = Random(1)
    found = {"malformed": 0, "sound": 0}
    for _ in range(TRIES):
        broken = {**sample, "given": _broken(sample["given"], luck)}
        found[_outcome(lambda one=broken: KIT.read(one))] += 1  # type: ignore[misc]
    assert sum(found.values()) == TRIES
    assert found["sound"] > 0


def test_a_broken_batch_is_read_or_malformed() -> None:
    """The answers of a batch, each with a status and a body."""
    body = {"skuId": "TEE-S", "locationId": "DC-1", "sellableQuantity": 1, "actionableErrors": []}
    given = {"responses": [{"status": {"statusCode": 400, "reasonPhrase": "no"}, "body": body}]}
    luck = Random(1)
    words: set[type] = set()
    for _ in range(TRIES):
        broken = Node(_broken(given, luck))
        try:
            [response] = inventory.answers(broken, [("TEE-S", "DC-1")])
            words.add(type(inventory.status(response)))
            inventory.reason(response)
        except Malformed:
            words.add(Malformed)
    assert words == {int, Malformed}
