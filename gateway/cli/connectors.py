"""``gateway connector``: the kinds of systems that can be connected."""

from rich.table import Table

from connectors.sdk import registry
from connectors.sdk.manifest import Manifest
from gateway.cli.words import out


def about() -> None:
    """Keep `list` a command of its own, however few there are."""


def list_connectors() -> None:
    """List the connectors, and what each can do."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("connector", "kind", "interface", "reads", "webhooks", "does", "proven"):
        table.add_column(name)
    for name, manifest in registry.discover().items():
        table.add_row(name, *_row(manifest))
    out.print(table, soft_wrap=False)


def _row(manifest: Manifest) -> tuple[str, ...]:
    webhooks = manifest.webhooks
    signed = "signed" if webhooks and webhooks.signed else "shared secret"
    return (
        ", ".join(manifest.kinds),
        manifest.api,
        ", ".join(str(kind).replace("_", " ") for kind in manifest.reads),
        signed if webhooks else "none",
        ", ".join(name.replace("_", " ") for name in manifest.commands),
        f"{manifest.quality.level} ({manifest.quality.evidence})",
    )
