"""Origins: what the domain needs to know of a connection: from manifest and configuration."""

from collections.abc import Callable

from connectors.sdk.manifest import SystemKind
from gateway import ids
from gateway.domain.identity.model import Origin
from gateway.domain.identity.skus import SAME, SkuMap
from gateway.settings.configuration import Configuration
from gateway.systems.connections import Connected

Origins = Callable[[Connected], Origin]

_RANK = {
    SystemKind.WAREHOUSE: 0,
    SystemKind.POS: 1,
    SystemKind.SHOP: 2,
    SystemKind.MARKETPLACE: 3,
    SystemKind.CARRIER: 4,
    SystemKind.PAYMENT: 5,
}
"""Whose count of stock is believed first: who handles it, before who only shows it."""
AUTHORITY_RANK = -1
"""A connection that the configuration names as the authority of a location."""


def from_configuration(configuration: Configuration) -> Origins:
    """Return the origin of any connection under *configuration*."""
    channels = {
        channel.connection: channel_id(name)
        for name, channel in configuration.channels.items()
        if channel.connection
    }
    skus = {id: SkuMap.of(names) for id, names in configuration.skus.items()}
    authorities = {one.authority for one in configuration.locations.values() if one.authority}

    def origin(connected: Connected) -> Origin:
        rank = min(_RANK[kind] for kind in connected.manifest.kinds)
        return Origin(
            connection=connected.id,
            system=connected.connector,
            rank=AUTHORITY_RANK if connected.id in authorities else rank,
            channel_id=channels.get(connected.id, channel_id(connected.id)),
            skus=skus.get(connected.id, SAME),
        )

    return origin


def channel_id(name: str) -> str:
    """Return the id of the channel *name*; a connection that no channel names is one of its own."""
    return ids.derive(ids.CHANNEL, name)
