"""Sales channels: as the configuration names them."""

import strawberry

from gateway.sync.origins import channel_id
from resolvers.context import Context
from resolvers.nodes import Node


@strawberry.type(description="Where orders come from: a web shop, a till, a marketplace.")
class Channel(Node):
    name: str = strawberry.field(description="For people.")
    kind: str = strawberry.field(
        description="WEB, APP, POS, MARKETPLACE, PHONE, SOCIAL, AGENT, B2B; UNKNOWN when unsaid."
    )
    connection: str | None = strawberry.field(description="The connection it comes through.")


def channel(context: Context, id: str | None, connection: str) -> Channel:
    """Return the channel *id*; a connection that no channel names is a channel of its own."""
    for name, entry in context.services.configuration.channels.items():
        if channel_id(name) == id:
            return Channel(
                id=strawberry.ID(id),
                name=entry.name or name,
                kind=entry.kind,
                connection=entry.connection,
            )
    own = strawberry.ID(id or channel_id(connection))
    return Channel(id=own, name=connection, kind="UNKNOWN", connection=connection)
