"""The configuration file that the demo's gateway reads: what a real one looks like."""

from collections.abc import Mapping

from connectors.sdk.simulator import Simulator
from gateway.demo.town import CARRIER, CONNECTORS, MARKET, SHOP, TILL, WAREHOUSE
from gateway.demo.world import PLACES, STORES
from gateway.demo.world import WAREHOUSE as WAREHOUSE_CODE

_CHANNELS = f"""
[channels.web]
kind = "WEB"
name = "Web shop"
connection = "{SHOP}"
fulfill_at = "{WAREHOUSE_CODE}"
carrier = "{CARRIER}"

[channels.market]
kind = "MARKETPLACE"
name = "Amazon"
connection = "{MARKET}"
fulfill_at = "{WAREHOUSE_CODE}"
carrier = "{CARRIER}"

[channels.stores]
kind = "POS"
name = "Stores"
connection = "{TILL}"
"""
_PATHS = {CARRIER: "/v2"}
"""Where the address of an interface is not that of its host."""
_TOKENS = {MARKET: "/auth/o2/token"}
"""Where access tokens are had."""


def text(systems: Mapping[str, Simulator], addresses: Mapping[str, str]) -> str:
    """Return the TOML file; secrets stand in the environment that `environment` gives."""
    connections = [_connection(id, systems[id], addresses[id]) for id in systems]
    return "\n".join([*connections, *_locations(), _CHANNELS])


def environment(systems: Mapping[str, Simulator]) -> dict[str, str]:
    """Return every setting of every simulator under the name that the file asks for."""
    return {
        _variable(id, name): value
        for id, simulator in systems.items()
        for name, value in simulator.settings.items()
    }


def _connection(id: str, simulator: Simulator, address: str) -> str:
    lines = [
        f"[connections.{id}]",
        f'connector = "{CONNECTORS[id]}"',
        f'url = "{address}{_PATHS.get(id, "")}"',
    ]
    if id in _TOKENS:
        lines.append(f'settings.auth_url = "{address}{_TOKENS[id]}"')
    if id == WAREHOUSE:
        lines.append(f'fulfills_from = ["{WAREHOUSE_CODE}"]')
    settings = [f'settings.{one} = {{env = "{_variable(id, one)}"}}' for one in simulator.settings]
    return "\n".join([*lines, *settings, ""])


def _locations() -> list[str]:
    return [
        f'[locations.{place.code}]\nname = "{place.name}"\n'
        f'type = "{"STORE" if place.code in STORES else "THREE_PL"}"\n'
        f'authority = "{TILL if place.code in STORES else WAREHOUSE}"\n'
        for place in PLACES
    ]


def _variable(id: str, name: str) -> str:
    return f"{id}_{name}".replace("-", "_").upper()
