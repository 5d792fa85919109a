"""Where a webhook may go: no inner address of the house, unless the house names the host.

A URL in the database must not become a way into the network that this process stands in (OWASP, "Server-Side Request
Forgery Prevention Cheat Sheet"). The addresses are looked up once, every one of them has to be allowed, and the
connection goes to one of those, so that a name cannot mean another address a moment later.
"""

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenDestination(ValueError):
    """The URL leads where webhooks do not go."""


@dataclass(frozen=True)
class Destination:
    """Where to connect (`address`, `port`), whom to ask for (`host`), and what (`target`)."""

    scheme: str
    host: str
    port: int
    target: str
    address: str


def checked_url(url: str) -> str:
    """Return the URL, where its form is one that webhooks may have. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("give an address like https://host/path")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "name, password, query and fragment have no place here: they would be kept in the log"
        )
    if not url.isascii() or any(character <= " " for character in url):
        raise ValueError("use ASCII without spaces")
    _ = parts.port  # raises ValueError for what is no port
    return url


def resolve(url: str, *, inner_hosts: Collection[str]) -> Destination:
    """Look the host up and return where to go. `inner_hosts` may have inner addresses; at loopback, plain HTTP too.

    Raises ForbiddenDestination, and OSError where the name cannot be looked up.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [_plain(ipaddress.ip_address(str(entry[4][0]).partition("%")[0])) for entry in found]
    if host not in inner_hosts:
        for address in addresses:
            if not address.is_global or address.is_multicast:
                raise ForbiddenDestination(f"{host} has the inner address {address}")
    if parts.scheme != "https" and not all(address.is_loopback for address in addresses):
        raise ForbiddenDestination(
            "it goes by https, other than to a host of QTWEB_WEBHOOK_INNER_HOSTS at loopback"
        )
    return Destination(parts.scheme, host, port, parts.path or "/", str(addresses[0]))


def _plain(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 one wraps: it is where the packets go."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        return wrapped or address
    return address
