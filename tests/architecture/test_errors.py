"""Where an exception of any kind may be caught: at the edges of the process, and nowhere else."""

import ast

from tests.architecture.sources import PRODUCT, modules

EDGES = {
    "gateway/cli/connectors.py": "what a connector in the making raises is the finding",
    "gateway/events/relay.py": "the relay outlives a store that is away",
    "gateway/execution/engine/leaves.py": "a value that cannot be one is looked at by itself",
    "gateway/execution/engine/slow.py": "what a field raises is that field's error",
    "gateway/execution/engine/sources.py": "what a resolver raises is that parent's error",
    "gateway/execution/pipeline.py": "a stream's end becomes its last message",
    "gateway/orchestration/reactions.py": "a reaction that fails is somebody's issue",
    "gateway/orchestration/schedule.py": "a background loop outlives its turn",
    "gateway/orchestration/worker.py": "an effect that fails is settled, never lost",
    "gateway/store/unit.py": "a commit that fails is told to all who shared it",
    "gateway/sync/inbox.py": "a delivery that fails is kept and tried again",
    "gateway/sync/live.py": "a connector's bug costs its source, not the answer",
    "gateway/web/graphql.py": "a bug outside of any resolver is masked like one inside",
    "gateway/web/ops.py": "readiness says what is wrong",
    "gateway/web/webhooks.py": "a connector's bug is told to the sender, who tries again",
    "gateway/web/websocket.py": "a subscription's end becomes its last message",
    "connectors/sdk/conformance/checks/deliveries.py": "whatever is raised is the finding",
}
"""Module -> why it may."""
ALL = {"Exception", "BaseException"}


def catches_all(handler: ast.ExceptHandler) -> bool:
    """`except:`, `except Exception`, alone or among others, unless all it does is raise again."""
    if handler.type is None:
        return True
    caught = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    is_cleanup = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return bool(caught & ALL) and not is_cleanup


def test_only_edges_catch_everything() -> None:
    """And each that is named here does."""
    found = {
        one.name
        for one in modules(*PRODUCT)
        if not one.is_test
        for node in ast.walk(one.tree)
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
    }
    assert found == set(EDGES)
