"""The way out: one HTTP session for all connections, which reaches public addresses only.

A connection's address, or a name that resolves differently tomorrow, must not lead into our own
network or to a cloud's metadata service. So the address itself is checked, when a socket to it is
about to be opened: after names are resolved, and for each of them.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import aiohttp
import structlog

from gateway.settings import Network

USER_AGENT = "unified-commerce-gateway"
NAMES_HELD_S = 30
"""How long a resolved name is used: a failover of a system's is followed within it."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that stand for IPv4 ones. Source: RFC 6052 section 2.1."""
_SITE_LOCAL = IPv6Network("fec0::/10")
"""Private addresses of old. Source: RFC 3879 section 4."""

log = structlog.get_logger()


class EgressRefused(OSError):
    """An address that is not public and that no setting allows."""


def open_session(allowed: Sequence[Network] = ()) -> aiohttp.ClientSession:
    """Open the session. *allowed* networks may be reached besides public ones.

    It keeps no cookies: accounts share it. It bounds no connections: each account's budget does.
    """
    connector = aiohttp.TCPConnector(
        limit=0, ttl_dns_cache=NAMES_HELD_S, socket_factory=_Sockets(tuple(allowed))
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"user-agent": USER_AGENT},
        trust_env=False,
    )


def is_public(text: str) -> bool:
    """Say whether an IP address is one of the public internet, however it is dressed."""
    address = ip_address(text.partition("%")[0])
    inner = _embedded(address)
    if inner is not None:
        return is_public(str(inner))
    is_odd = address.is_multicast or address.is_reserved or address in _SITE_LOCAL
    return address.is_global and not is_odd


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one leads to: mapped, 6to4, or translated."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


class _Sockets:
    """Opens sockets for aiohttp, or refuses to."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed

    def __call__(self, target: tuple[Any, ...]) -> socket.socket:
        family, type_, protocol, _, sockaddr = target
        host = str(sockaddr[0])
        if not self._may_reach(host):
            log.warning("egress.refused", target=host, hint="GATEWAY_PRIVATE_NETWORKS")
            raise EgressRefused(f"{host} is not a public address")
        return socket.socket(family, type_, protocol)

    def _may_reach(self, host: str) -> bool:
        address = ip_address(host.partition("%")[0])
        return is_public(host) or any(address in network for network in self._allowed)
