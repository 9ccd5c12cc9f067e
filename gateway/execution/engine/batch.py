"""Batch fields: one function answers for all parents at once.

    @batch(description="Where its parcels are.", graphql_type=list[Delivery])
    @staticmethod
    async def deliveries(parents: Sequence[Shipment], info: Info) -> list[Any]:
        return await info.context.many(deliveries_of_shipment, [one.id for one in parents])

It is an ordinary Strawberry field: on graphql-core each parent is asked for alone, and an
aiodataloader puts those of one field together again. The engine calls the function itself.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, get_args

import strawberry
from aiodataloader import DataLoader

Batch = Callable[..., Awaitable[Sequence[Any]]]
"""``(parents, info, **arguments) -> values``: one for each parent, in their order; an item may be
an exception, which is that parent's error alone."""
_BATCH = "__batch__"


def batch(**options: Any) -> Callable[[Any], Any]:
    """Declare a batch field. *options* are those of `strawberry.field`."""

    def declare(function: Any) -> Any:
        plain = function.__func__ if isinstance(function, staticmethod) else function
        return strawberry.field(staticmethod(_single(plain)), **options)

    return declare


def batch_of(resolver: object) -> Batch | None:
    """Return the batch function that a resolver was made from, if it was."""
    return getattr(resolver, _BATCH, None)


def _single(function: Batch) -> Any:
    """Return the resolver of one parent: what Strawberry and graphql-core see."""

    async def single(root: Any, info: Any, **arguments: Any) -> Any:
        return await _loader(function, info, arguments).load(root)

    single.__name__, single.__doc__ = function.__name__, function.__doc__
    single.__module__, single.__qualname__ = function.__module__, function.__qualname__
    signature = _signature(function)
    single.__signature__ = signature  # type: ignore[attr-defined]
    single.__annotations__ = {"return": signature.return_annotation}
    setattr(single, _BATCH, function)
    return single


def _signature(function: Batch) -> inspect.Signature:
    """The function's own, of one parent: ``parents: Sequence[P]`` -> ``root: Parent[P]``."""
    signature = inspect.signature(function)
    parents, *others = signature.parameters.values()
    (parent,) = get_args(parents.annotation)
    (result,) = get_args(signature.return_annotation)
    root = parents.replace(name="root", annotation=_parent(parent))
    return signature.replace(parameters=[root, *others], return_annotation=result)


def _parent(type_: Any) -> Any:
    return strawberry.Parent[type_]  # type: ignore[misc]


def _loader(function: Batch, info: Any, arguments: dict[str, Any]) -> DataLoader[Any, Any]:
    """One loader for each place in the document, as long as the operation's others live."""
    loaders = info.context.loaders
    place = (function, id(info._raw_info.field_nodes[0]))
    if place not in loaders:

        async def load(parents: list[Any]) -> list[Any]:
            return list(await function(parents, info, **arguments))

        loaders[place] = DataLoader(load, cache=False)
    loader: DataLoader[Any, Any] = loaders[place]
    return loader
