"""Whose address a request bears: the client's, told by proxies that are known, or that of who is connected."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")
"""What a proxy says of a request. From anybody else it is a client's own word, and nothing."""


def networks_of(names: str) -> tuple[Network, ...]:
    """Return the networks and addresses that `names` lists by comma. Raises ValueError for what is none."""
    return tuple(_carried(ip_network(name.strip())) for name in names.split(",") if name.strip())


class ClientAddressMiddleware:
    """Makes REMOTE_ADDR the client's address in its one spelling, and takes from strangers what only a proxy may say.

    The audit log, the limits of rates, lock-outs, sessions, tokens and the redirect to HTTPS all read what this leaves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._proxies = networks_of(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = {name: request.META.pop(name) for name in FORWARDED if name in request.META}
        connected = spelt(request.META.get("REMOTE_ADDR", ""))
        request.META["REMOTE_ADDR"] = connected
        if _is_within(connected, self._proxies):
            if "HTTP_X_FORWARDED_PROTO" in told:
                request.META["HTTP_X_FORWARDED_PROTO"] = told["HTTP_X_FORWARDED_PROTO"]
            hops = [spelt(hop.strip()) for hop in told.get("HTTP_X_FORWARDED_FOR", "").split(",")]
            request.META["REMOTE_ADDR"] = client_of(connected, [hop for hop in hops if hop], self._proxies)
        return self.get_response(request)


def spelt(text: str) -> str:
    """Return an address in its one spelling: no brackets, no zone, and IPv4 as such where IPv6 carries it.

    A socket for both versions tells `::ffff:192.0.2.1` of a client of IPv4: by that all of them were of one network.
    What is no address stays as it is.
    """
    known = _address(text.strip("[]").partition("%")[0])
    if known is None:
        return text
    return str(known.ipv4_mapped or known) if isinstance(known, IPv6Address) else str(known)


def client_of(connected: str, hops: Sequence[str], proxies: Sequence[Network]) -> str:
    """Return who stands before the known proxies: what each says of its caller is true, what a stranger says is not.

    `hops` is X-Forwarded-For, in which each proxy wrote its caller at the end. All addresses are as `spelt` has them.
    """
    client = connected
    for hop in reversed(hops):
        if not _is_within(client, proxies) or _address(hop) is None:
            break
        client = hop
    return client


def _carried(network: Network) -> Network:
    """Return the network of IPv4 that one of IPv6 carries, `::ffff:192.0.2.0/120`, or the network itself."""
    within = network.network_address
    if isinstance(within, IPv6Address) and within.ipv4_mapped is not None and network.prefixlen >= 96:
        return IPv4Network((within.ipv4_mapped, network.prefixlen - 96))
    return network


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _is_within(text: str, networks: Sequence[Network]) -> bool:
    known = _address(text)
    return known is not None and any(known in network for network in networks)
