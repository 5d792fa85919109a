"""Webhooks by https: to the address that was checked, and only to whom the certificate names."""

import base64
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from urllib3.exceptions import HTTPError

from compliance.plugins import Delivery
from compliance.plugins.webhook import NotDelivered, Webhook, WebhookParameters

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl to make a certificate")

NAMED, OTHER = "receiver.example", "other.example"
DELIVERY = Delivery(
    id="message",
    event="OrderPlaced",
    sequence=1,
    leaf_hash="00",
    body='{"recorded_at":"2024-03-08T14:30:00.000000Z"}',
    recorded_at=datetime(2024, 3, 8, 14, 30, tzinfo=UTC),
    attempt=1,
)


class _Receiver(BaseHTTPRequestHandler):
    hosts: list[str] = []

    def do_POST(self) -> None:
        self.hosts.append(self.headers["host"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[int]:
    """A receiver at loopback whose certificate, which we trust, is for NAMED; both names lead there."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", f"/CN={NAMED}"]
    made += ["-addext", f"subjectAltName=DNS:{NAMED}"]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, *_, **__: [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port))]
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("WEBHOOK_SECRET_DESK", "whsec_" + base64.b64encode(b"k" * 32).decode())
    settings.WEBHOOK_INNER_HOSTS = frozenset({NAMED, OTHER})
    yield server.server_port
    server.shutdown()
    server.server_close()


def _send(host: str, port: int) -> None:
    parameters = WebhookParameters(url=f"https://{host}:{port}/in", secret_name="DESK")
    Webhook().deliver(DELIVERY, parameters)


def test_the_certificate_is_held_against_the_name_and_has_to_be_trusted(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _send(NAMED, port)
    assert _Receiver.hosts == [f"{NAMED}:{port}"]

    with pytest.raises(HTTPError, match="match"):
        _send(OTHER, port)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(HTTPError, match="CERTIFICATE_VERIFY_FAILED"):
        _send(NAMED, port)
    assert len(_Receiver.hosts) == 1


def test_without_its_secret_nothing_is_sent(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBHOOK_SECRET_DESK")
    sent = len(_Receiver.hosts)

    with pytest.raises(NotDelivered, match="WEBHOOK_SECRET_DESK is not set"):
        _send(NAMED, port)

    assert len(_Receiver.hosts) == sent
