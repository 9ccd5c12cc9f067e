"""Everything that a connector claims, called once about what nobody has."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from connectors.sdk.changes import Page
from connectors.sdk.conformance import claims
from connectors.sdk.conformance.specimens import NOBODY, SPECIMENS
from connectors.sdk.conformance.subject import Client, Subject
from connectors.sdk.records import Kind

Call = Callable[[], Awaitable[object]]


def calls(subject: Subject, client: Client) -> Iterator[tuple[str, Call]]:
    """Give ``("pull order", call)`` for everything that sends something."""
    yield "check", client.check
    for kind in claims.pulled(subject):
        yield f"pull {kind}", partial(first_page, client, kind)
    for kind in claims.fetched(subject):
        yield f"fetch {kind}", partial(client.fetch, kind, [NOBODY])
    for name in subject.manifest.commands:
        yield name, partial(client.perform, SPECIMENS[name])


async def first_page(client: Client, kind: Kind) -> Page | None:
    """The first page of a pull of everything."""
    async for page in client.pull(kind, None):
        return page
    return None
