"""Customers: use-cases. Each runs in the caller's unit."""

from collections.abc import Sequence
from datetime import datetime

from gateway.domain.customers import model, repository
from gateway.domain.customers.model import Customer, Identity
from gateway.domain.identity import service as identities
from gateway.events import log
from gateway.store.unit import Unit


async def observe(unit: Unit, seen: Sequence[Identity], now: datetime) -> None:
    """Take in identities: known ones are brought up to date, proven ones join their person.

    Concurrency: customers are compared-and-swapped; of two writers one begins again.
    """
    for identity in {one.key: one for one in seen}.values():
        await _observe_one(unit, identity, now)


async def _observe_one(unit: Unit, identity: Identity, now: datetime) -> None:
    known = await repository.ids_by_key(unit, [identity.key])
    held = (await repository.customers.by_ids(unit, known.values())).get(
        known.get(identity.key, "")
    )
    customer = model.with_identity(held, identity, now) if held else model.begin(identity, now)
    if customer is None:
        return
    await _keep(unit, [(held, customer)], now)
    await identities.add(unit, [(customer.id, identity.source)])
    await _join(unit, customer, identity, now)


async def _join(unit: Unit, customer: Customer, identity: Identity, now: datetime) -> None:
    """Merge *customer* with whoever proof says is the same person."""
    emails = [identity.email] if identity.email else []
    phones = [identity.phone] if identity.phone else []
    if not emails and not phones:
        return
    others = [
        one for one in await repository.sharing(unit, emails, phones) if one.id != customer.id
    ]
    proofs = {
        other.id: found[0][1]
        for other in others
        if (found := model.joined_by(identity, other.identities))
    }
    if not proofs:
        return
    before = [customer, *(one for one in others if one.id in proofs)]
    stays, emptied = model.merge(before, next(iter(proofs.values())), now)
    held = {one.id: one for one in before}
    await _keep(unit, [(held[one.id], one) for one in [*emptied, stays]], now)


async def _keep(
    unit: Unit, changed: Sequence[tuple[Customer | None, Customer]], now: datetime
) -> None:
    await repository.save(unit, [customer for _, customer in changed])
    await log.append(unit, [model.event(held, one) for held, one in changed], now)


async def by_ids(unit: Unit, ids: Sequence[str]) -> dict[str, Customer]:
    """Return customers by the ids asked for; a merged id leads to whom it was merged into."""
    found = await repository.customers.by_ids(unit, ids)
    merged = {one.id: one.merged_into for one in found.values() if one.merged_into}
    if merged:
        targets = await by_ids(unit, list(set(merged.values())))
        found.update({id: targets[into] for id, into in merged.items() if into in targets})
    return found


async def by_keys(unit: Unit, keys: Sequence[str]) -> dict[str, Customer]:
    """Return customers by identity key (Order.customer_key)."""
    ids = await repository.ids_by_key(unit, keys)
    found = await by_ids(unit, list(set(ids.values())))
    return {key: found[id] for key, id in ids.items() if id in found}


async def suggestions(unit: Unit, ids: Sequence[str]) -> dict[str, list[Customer]]:
    """Return, by customer id, others who share an address with them but have not proved it."""
    asked = await by_ids(unit, ids)
    seen = [identity for one in asked.values() for identity in one.identities]
    emails = {one.email for one in seen if one.email}
    phones = {one.phone for one in seen if one.phone}
    others = await repository.sharing(unit, emails, phones) if emails | phones else []
    return {
        id: [other for other in others if other.id != one.id and _share(one, other)]
        for id, one in asked.items()
    }


def _share(one: Customer, other: Customer) -> bool:
    ours = {identity.email for identity in one.identities} - {None}
    ours |= {identity.phone for identity in one.identities} - {None}
    return any(theirs.email in ours or theirs.phone in ours for theirs in other.identities)
