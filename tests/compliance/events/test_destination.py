"""Where webhooks go, and where they do not: whatever a name means at the moment."""

import socket
from typing import Any

import pytest

from compliance.plugins.destination import Destination, ForbiddenDestination, checked_url, resolve

OUTER = "93.184.215.14"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names mean, instead of the network's word."""
    known: dict[str, list[str]] = {"receiver.example": [OUTER]}

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, port)) for address in known.get(host, [host])]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def test_the_connection_goes_to_the_address_that_was_checked(names: dict[str, list[str]]) -> None:
    found = resolve("https://receiver.example/in/1", inner_hosts=())

    assert found == Destination("https", "receiver.example", 443, "/in/1", OUTER)
    assert resolve("https://receiver.example:8443", inner_hosts=()).port == 8443


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff0e::1",
        "::ffff:10.0.0.1",
        "2002:0a00:0001::",
        "64:ff9b::a00:1",
    ],
)
def test_no_inner_address_is_reached_even_beside_an_outer_one(
    names: dict[str, list[str]], address: str
) -> None:
    names["trap.example"] = [OUTER, address]

    with pytest.raises(ForbiddenDestination):
        resolve("https://trap.example/", inner_hosts={"receiver.example"})


def test_a_host_that_the_house_names_may_be_inside_and_at_loopback_without_tls(
    names: dict[str, list[str]],
) -> None:
    names["inside.example"] = ["10.0.0.5"]

    assert resolve("https://inside.example/", inner_hosts={"inside.example"}).address == "10.0.0.5"
    assert resolve("http://127.0.0.1:81/", inner_hosts={"127.0.0.1"}).port == 81
    for url in ("http://inside.example/", "http://receiver.example/"):
        with pytest.raises(ForbiddenDestination, match="https"):
            resolve(url, inner_hosts={"inside.example", "receiver.example"})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "receiver.example",
        "ftp://r.example/",
        "https:///path",
        "https://u@r.example/",
        "https://r.example/?a=b",
        "https://r.example/#a",
        "https://r.example:port/",
        "https://r.example/a b",
        "https://r.example/\r\nx: y",
    ],
)
def test_what_is_no_address_for_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        checked_url(url)
