"""Whose address a request bears, by what known proxies and strangers say."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from qtweb.client_address import ClientAddressMiddleware

PROXIES = "10.0.0.0/8, ::1, ::ffff:172.16.0.0/108"


def _left(connected: str, **told: str) -> HttpRequest:
    """The request as the views get it."""
    request = RequestFactory().get("/", REMOTE_ADDR=connected, **told)
    with override_settings(TRUSTED_PROXIES=PROXIES):
        ClientAddressMiddleware(lambda _request: HttpResponse())(request)
    return request


@pytest.mark.parametrize(
    ("connected", "told", "client"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.66, unknown, 10.0.0.2", "10.0.0.2"),
        ("", "198.51.100.1", ""),
        ("::ffff:203.0.113.7", None, "203.0.113.7"),
        ("[2001:DB8::7]", None, "2001:db8::7"),
        ("fe80::7%eth0", None, "fe80::7"),
        ("[::1]", "::ffff:198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
        ("::ffff:10.0.0.1", "192.0.2.66, [2001:db8::7]", "2001:db8::7"),
        ("10.0.0.1", "192.0.2.66, [unknown], 10.0.0.2", "10.0.0.2"),
        ("172.16.3.4", "198.51.100.1", "198.51.100.1"),
        ("a unix socket", "198.51.100.1", "a unix socket"),
    ],
)
def test_the_client_is_who_the_last_known_proxy_saw(connected: str, told: str | None, client: str) -> None:
    forwarded = {} if told is None else {"HTTP_X_FORWARDED_FOR": told}

    assert _left(connected, **forwarded).META["REMOTE_ADDR"] == client


def test_a_stranger_cannot_say_that_the_request_came_by_https() -> None:
    assert "HTTP_X_FORWARDED_PROTO" not in _left("203.0.113.7", HTTP_X_FORWARDED_PROTO="https").META
    assert _left("10.0.0.1", HTTP_X_FORWARDED_PROTO="https").META["HTTP_X_FORWARDED_PROTO"] == "https"
