"""Samples: what the system states and what must come of it, golden, side by side."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Removed, Touched, Unreadable
from connectors.sdk.conformance import claims, shape
from connectors.sdk.conformance.kit import Reads, reads
from connectors.sdk.conformance.stage import HOOK, Clock, nowhere
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.records import KIND_OF, Kind

_CHANGES = {kind.__name__: kind for kind in (*KIND_OF, Touched, Removed, Unreadable)}
_REQUIRED = ("about", "kind", "given", "expect")
_WEBHOOK = "webhook"
_MISSING = object()


async def check_a_sample_is_well_formed(subject: Subject, name: str) -> None:
    """A sample must have about, kind, given and expect, and expect facts that the sdk declares."""
    sample = subject.sample(name)
    assert isinstance(sample, dict), f"samples/{name}.json must be an object"
    lacking = [key for key in _REQUIRED if key not in sample]
    assert not lacking, f"samples/{name}.json must have {', '.join(lacking)}"
    kind = sample["kind"]
    assert kind == _WEBHOOK or kind in list(Kind), f"samples/{name}.json: no such kind: {kind}"
    faults = [
        fault
        for place, one in enumerate(sample["expect"])
        for fault in _expect_faults(one, f"expect[{place}]")
    ]
    assert not faults, f"samples/{name}.json must expect what the sdk has: {'; '.join(faults)}"


def _expect_faults(stated: Mapping[str, Any], at: str) -> Iterator[str]:
    """Say what *stated* has that its record has not, and what it need not state."""
    kind = _CHANGES.get(stated.get("record", ""))
    if kind is None:
        yield f"{at}.record is none"
        return
    known = {one.name: one.default for one in dataclasses.fields(kind)}  # MISSING equals nothing
    for name, value in stated.items():
        if name != "record" and name not in known:
            yield f"{at}.{name} is no fact of {kind.__name__}"
        elif name in known and plain(known[name]) == value:
            yield f"{at}.{name} states a default"


async def check_a_sample_gives_what_it_expects(subject: Subject, name: str) -> None:
    """What a sample is given must map to exactly what it expects."""
    sample = subject.sample(name)
    found = await _mapped(subject, sample)
    shape.require_sound(found)
    given = [stated(change) for change in found]
    assert given == sample["expect"], (
        f"samples/{name}.json must map to what it expects: {_difference(given, sample['expect'])}"
    )


async def _mapped(subject: Subject, sample: Mapping[str, Any]) -> list[Change]:
    kit = subject.kit()
    if sample["kind"] == _WEBHOOK and not isinstance(kit, Reads):
        body = json.dumps(sample["given"]).encode()
        async with nowhere(subject) as (client, _):
            return client.decode(RawDelivery(url=HOOK, headers={}, body=body), Clock().now)
    return reads(kit).read(sample)


async def check_every_kind_has_a_sample(subject: Subject) -> None:
    """Each kind of record that is read must stand in some sample's expect."""
    shown = {
        KIND_OF[_CHANGES[one["record"]]]
        for name in subject.samples
        for one in subject.sample(name)["expect"]
        if _CHANGES.get(one.get("record")) in KIND_OF
    }
    wanted = dict.fromkeys([*claims.pulled(subject), *claims.fetched(subject)])
    lacking = [kind for kind in wanted if kind not in shown]
    assert not lacking, f"samples must show every kind that is read: {', '.join(lacking)}"


def stated(change: Change) -> dict[str, Any]:
    """A change as samples write it: its record's name, and what is not the default."""
    return {"record": type(change).__name__, **plain(change)}


def plain(value: object) -> Any:
    """*value* as JSON has it, without fields that have their default value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: plain(getattr(value, one.name))
            for one in dataclasses.fields(value)
            if one.default is dataclasses.MISSING or getattr(value, one.name) != one.default
        }
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if value is None or isinstance(value, str | int | datetime):
        return msgspec.to_builtins(value)
    return value


def _difference(found: Any, wanted: Any, at: str = "expect") -> str:
    """Say where two first differ."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        pairs = [
            (found.get(name, _MISSING), wanted.get(name, _MISSING), f"{at}.{name}")
            for name in {**wanted, **found}
        ]
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        pairs = [(a, b, f"{at}[{n}]") for n, (a, b) in enumerate(zip(found, wanted, strict=True))]
    else:
        return f"{at} is {_shown(found)}, expected is {_shown(wanted)}"
    return next((_difference(*pair) for pair in pairs if pair[0] != pair[1]), "equal")


def _shown(value: Any) -> str:
    return "not there" if value is _MISSING else json.dumps(value)[:200]
