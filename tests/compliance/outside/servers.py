"""Real servers outside of us, for tests: a witness, and an S3-compatible store (moto's, in a process of its own)."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from qtweb.embedded.children import spawn
from tests.ports import reserved_port

BUCKET = "checkpoints"
PATIENCE_S = 60
_WITNESS = Path(__file__).with_name("witness_process.py")


class WitnessServer:
    """A witness that can be killed and started again, at one address and with one record."""

    def __init__(
        self, home: Path, port: int, *, origin: str, log_vkey: str, name: str = "witness.example/w1"
    ) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.record = home / "record.json"
        self._command = [sys.executable, str(_WITNESS), str(home), name, str(port), origin, log_vkey]
        self.start()

    def start(self) -> None:
        self._process = spawn(self._command, signal.SIGKILL, stdout=subprocess.PIPE, text=True)
        self.vkey = self._process.stdout.readline().strip()
        assert self.vkey

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def place(self) -> str:
        """As QTWEB_CHECKPOINT_WITNESSES names it."""
        return f"{self.vkey} {self.url}"


@contextmanager
def running_witness(home: Path, *, origin: str, log_vkey: str) -> Iterator[WitnessServer]:
    home.mkdir(exist_ok=True)
    with reserved_port() as port:
        server = WitnessServer(home, port, origin=origin, log_vkey=log_vkey)
        try:
            yield server
        finally:
            server.kill()


class BucketServer:
    """An S3-compatible store with the bucket BUCKET; what is in it is gone when it is killed."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = spawn(command, signal.SIGKILL, **quiet)
        _wait_until_it_listens(port)
        self.make_bucket()

    def make_bucket(self) -> None:
        request = urllib.request.Request(f"{self.url}/{BUCKET}", method="PUT")
        urllib.request.urlopen(request, timeout=PATIENCE_S).close()

    def put(self, key: str, text: str) -> None:
        """Put an object as somebody does who may, without asking us."""
        request = urllib.request.Request(
            f"{self.url}/{BUCKET}/{quote(key)}", data=text.encode(), method="PUT"
        )
        urllib.request.urlopen(request, timeout=PATIENCE_S).close()

    def place(self, name: str, prefix: str = "qtweb") -> str:
        """As QTWEB_CHECKPOINT_STORES names it."""
        return f"{name}=s3://{BUCKET}/{prefix}?endpoint={self.url}&region=us-east-1"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def running_bucket() -> Iterator[BucketServer]:
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "tests")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "tests")
    with reserved_port() as port:
        server = BucketServer(port)
        try:
            yield server
        finally:
            server.kill()


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens at port {port}")
