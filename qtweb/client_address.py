"""Whose address a request bears: the client's, told by proxies that are known, or that of who is connected."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Network = IPv4Network | IPv6Network
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")
"""What a proxy says of a request. From anybody else it is a client's own word, and nothing."""


def networks_of(names: str) -> tuple[Network, ...]:
    """Return the networks and addresses that `names` lists by comma. Raises ValueError for what is none."""
    return tuple(ip_network(name.strip()) for name in names.split(",") if name.strip())


class ClientAddressMiddleware:
    """Makes REMOTE_ADDR the client's address, and takes from strangers what only a proxy may say.

    The audit log, the limits of rates and the redirect to HTTPS all read what this leaves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._proxies = networks_of(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = {name: request.META.pop(name) for name in FORWARDED if name in request.META}
        if _is_within(request.META.get("REMOTE_ADDR", ""), self._proxies):
            if "HTTP_X_FORWARDED_PROTO" in told:
                request.META["HTTP_X_FORWARDED_PROTO"] = told["HTTP_X_FORWARDED_PROTO"]
            hops = [hop.strip() for hop in told.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
            request.META["REMOTE_ADDR"] = client_of(request.META["REMOTE_ADDR"], hops, self._proxies)
        return self.get_response(request)


def client_of(connected: str, hops: Sequence[str], proxies: Sequence[Network]) -> str:
    """Return who stands before the known proxies: what each says of its caller is true, what a stranger says is not.

    `hops` is X-Forwarded-For, in which each proxy wrote its caller at the end.
    """
    client = connected
    for hop in reversed(hops):
        if not _is_within(client, proxies) or not _is_address(hop):
            break
        client = hop
    return client


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_within(text: str, networks: Sequence[Network]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in networks)
