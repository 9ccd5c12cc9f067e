"""Settings: the environment (prefix ``GATEWAY_``), and the file that ``GATEWAY_CONFIG`` names.

    settings = load()                              # Settings, from the environment
    configuration = read_file(settings.config)     # connections, locations, channels

What is wrong with either is a ConfigurationError of one line that says where.
"""

from gateway.settings.configuration import (
    ChannelEntry,
    ChannelKind,
    Configuration,
    ConnectionEntry,
    FromEnvironment,
    LocationEntry,
    parse,
    read_file,
)
from gateway.settings.environment import (
    ConfigurationError,
    Network,
    Settings,
    derive_key,
    find_connectors,
    load,
    one_line,
)

__all__ = [
    "ChannelEntry",
    "ChannelKind",
    "Configuration",
    "ConfigurationError",
    "ConnectionEntry",
    "FromEnvironment",
    "LocationEntry",
    "Network",
    "Settings",
    "derive_key",
    "find_connectors",
    "load",
    "one_line",
    "parse",
    "read_file",
]
