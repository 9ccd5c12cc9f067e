"""Orders: use-cases. Each runs in the caller's unit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.sdk.records import CustomerRecord, Kind, OrderRecord
from connectors.sdk.values import sku_key
from gateway.domain.catalog import service as catalog
from gateway.domain.customers import service as customers
from gateway.domain.customers.model import Identity
from gateway.domain.identity import service as identity
from gateway.domain.identity.model import Origin, Source
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.domain.orders import events, model, repository
from gateway.domain.orders.model import Order, Progress
from gateway.errors import NotFound
from gateway.events import log
from gateway.store.unit import Unit

_WORD = re.compile(r"[^\s,;]+")


async def observe(
    unit: Unit, seen: Sequence[tuple[OrderRecord, Source, Origin]], now: datetime
) -> None:
    """Take in orders: what is older than held, or says the same, changes nothing.

    Raises: VersionConflict when another process took the same order in; the unit begins again.
    """
    seen = await _with_skus(unit, seen)
    ids = [model.order_id(source.connection, source.external_id) for _, source, _ in seen]
    held = await repository.orders.by_ids(unit, ids)
    changed: list[Order] = []
    for id, (record, source, origin) in zip(ids, seen, strict=True):
        order = model.observe(held.get(id), record, source, origin)
        if order:
            changed.append(order)
    await _keep(unit, changed, held, now)
    await identity.add(unit, [(order.id, order.source) for order in changed])
    await repository.add_terms(unit, [term for order in changed for term in terms(order)])
    await _note_places(unit, changed)
    await customers.observe(unit, _guests(changed), now)
    await _raise_issues(unit, changed, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What shipments and scans say of an order: *progress* by line id, and whether somebody has
    begun to work on it."""

    progress: Mapping[str, Progress]
    is_worked_on: bool


async def advance(unit: Unit, advances: Mapping[str, Advance], now: datetime) -> None:
    """Take in, by order id, what shipments and scans say; of an order that is not here, nothing."""
    held = await repository.orders.by_ids(unit, advances)
    changed = [
        order
        for id, one in sorted(held.items())
        if (order := model.advance(one, advances[id].progress, advances[id].is_worked_on, now))
    ]
    await _keep(unit, changed, held, now)


async def take_back(unit: Unit, order_id: str, returned: Mapping[str, int], now: datetime) -> None:
    """Take in what an order's returns say came back: units by line id."""
    held = await repository.orders.by_ids(unit, [order_id])
    if order_id not in held:
        return
    order = model.take_back(held[order_id], returned, now)
    await _keep(unit, [order] if order else [], held, now)


async def refund(unit: Unit, order_id: str, refunded_minor: int, now: datetime) -> None:
    """Take in what an order's refunds sum up to. Units: minor."""
    held = await repository.orders.by_ids(unit, [order_id])
    if order_id not in held:
        return
    order = model.refund(held[order_id], refunded_minor, now)
    await _keep(unit, [order] if order else [], held, now)


async def get(unit: Unit, order_id: str) -> Order:
    """Return one order. Raises: NotFound."""
    found = await repository.orders.by_ids(unit, [order_id])
    if order_id not in found:
        raise NotFound("no such order", path=("id",))
    return found[order_id]


async def lock(unit: Unit, order_id: str) -> Order:
    """Return one order, which nobody else changes or locks until this unit ends. Raises: NotFound.

    Concurrency: ``FOR UPDATE`` on PostgreSQL, the one writer on SQLite.
    """
    await repository.lock(unit, order_id)
    return await get(unit, order_id)


async def find_ref(unit: Unit, system: str, external_id: str) -> str | None:
    """Return the id of the order that *system* calls *external_id*, or by any noun of it: its
    number is found by search, its shipments and returns by their own queries."""
    found = await identity.find_in_system(unit, system, external_id, Kind.ORDER)
    return found[0] if found else None


def search_words(query: str) -> tuple[str, ...]:
    """Split what a person typed: ``"#1001 ada@example.com"`` -> ``("1001", "ada@example.com")``.

    A telephone number is found with and without its punctuation. At most eight words count.
    """
    words = [word.lower().lstrip("#") for word in _WORD.findall(query)]
    return tuple(_phone(word) or word for word in words if word)[:8]


def terms(order: Order) -> Iterable[tuple[str, str]]:
    """Every word *order* is found by: number, ids, e-mail, phone, names, SKUs, tracking."""
    address = order.shipping_address
    texts = [order.number.lstrip("#"), order.external_id, order.email, order.phone]
    texts += [sku for line in order.lines for sku in (line.sku, line.external_sku)]
    if address:
        texts += [address.name, address.phone, address.email, address.postal_code]
    for text in texts:
        for word in _WORD.findall(text or ""):
            yield _phone(word) or word.lower(), order.id


async def _with_skus(
    unit: Unit, seen: Sequence[tuple[OrderRecord, Source, Origin]]
) -> list[tuple[OrderRecord, Source, Origin]]:
    """Give lines that name their variant only, as tills do, the SKU that its listing states."""
    bare = {
        (source.connection, line.variant_id)
        for record, source, _ in seen
        for line in record.lines
        if not line.sku and line.variant_id
    }
    skus: dict[tuple[str, str | None], str] = {}
    for connection in {one for one, _ in bare}:
        wanted = sorted(id for one, id in bare if one == connection)
        found = await catalog.skus_of_variants(unit, connection, wanted)
        skus |= {(connection, id): sku for id, sku in found.items()}
    return [
        (_filled(record, source.connection, skus), source, origin)
        for record, source, origin in seen
    ]


def _filled(
    record: OrderRecord, connection: str, skus: Mapping[tuple[str, str | None], str]
) -> OrderRecord:
    lines = tuple(
        line if line.sku else replace(line, sku=skus.get((connection, line.variant_id)))
        for line in record.lines
    )
    return record if lines == record.lines else replace(record, lines=lines)


async def _keep(
    unit: Unit, changed: Sequence[Order], held: Mapping[str, Order], now: datetime
) -> None:
    await repository.orders.save(unit, changed)
    await log.append(unit, [events.event(held.get(one.id), one) for one in changed], now)


async def _note_places(unit: Unit, orders: Sequence[Order]) -> None:
    """Orders taken at a till belong to its store."""
    taken = [order for order in orders if order.location_id]
    if taken:
        known = await identity.find(
            unit,
            taken[0].source.connection,
            Kind.LOCATION,
            [order.location_id for order in taken if order.location_id],
        )
        places = [(known.get(order.location_id or ""), order.id) for order in taken]
        await repository.add_places(unit, [(place, id) for place, id in places if place])


async def _raise_issues(unit: Unit, orders: Sequence[Order], now: datetime) -> None:
    skus = {line.sku for order in orders for line in order.lines if line.sku}
    mapped = await catalog.mapped_skus(unit, sorted(skus)) if skus else set()
    causes = [cause for order in orders for cause in _causes(order, mapped)]
    if causes:
        await issues.open(unit, causes, now)
    lines = [line for order in orders for line in order.lines]
    named = {sku_key(line.external_sku) for line in lines if line.external_sku}
    keys = sorted(named - {cause.key for cause in causes})
    if keys:
        await issues.resolve(unit, catalog.UNMAPPED_SKU, keys, "the map says what it is", now)


def _causes(order: Order, mapped: set[str]) -> Iterable[Cause]:
    connection = order.source.connection
    for line in order.lines:
        if line.sku not in mapped:
            yield Cause(
                code=catalog.UNMAPPED_SKU,
                key=sku_key(line.sku) if line.sku else line.id,
                category=Category.DATA_MAPPING,
                severity=Severity.HIGH,
                message=f"no product lists what {connection} sold as {line.sku or line.title!r}",
                subject=order.id,
                order_id=order.id,
                connection=connection,
            )


def _guests(orders: Sequence[Order]) -> list[Identity]:
    """A guest is known by the order alone: make an identity of what the order says."""
    return [
        _guest(order, order.customer_key)
        for order in orders
        if order.customer_key and not order.customer_id
    ]


def _guest(order: Order, key: str) -> Identity:
    address = order.shipping_address or order.billing_address
    first, _, last = ((address.name if address else None) or "").partition(" ")
    record = CustomerRecord(
        external_id=key.partition(":")[2],
        revised_at=order.revised_at,
        email=order.email,
        phone=order.phone or (address.phone if address else None),
        first_name=first or None,
        last_name=last or None,
        is_guest=True,
        addresses=(address,) if address else (),
        created_at=order.placed_at,
    )
    source = replace(order.source, kind=Kind.CUSTOMER, external_id=record.external_id)
    return Identity(key=key, source=source, record=record)


def _phone(word: str) -> str | None:
    """Digits of what looks like a telephone number, else None."""
    digits = re.sub(r"[\s().+-]", "", word)
    return digits if digits.isdigit() and word != digits and len(digits) >= 7 else None
