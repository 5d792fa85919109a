"""An instance: one run of qtweb with its own data, sockets, ports and secret."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shutil
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from qtweb.embedded import folders, lock, processes
from qtweb.embedded.errors import BusyInstanceError, EmbeddedError
from qtweb.embedded.lock import Lock

CHECKOUT = Path(__file__).resolve().parents[2]
DATABASE = "qtweb"
POSTGRES_PORT = 5432  # only part of the socket's name: nothing listens on TCP
VENUES = ("SIM", "MTF")  # the simulated venues of the Procfile
_STATE = "instance.json"
# A caller's settings of these would reach into our processes: another environment's modules, another server.
_FOREIGN = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")


@dataclass(frozen=True)
class Instance:
    """Paths, ports and URLs of a run. Made by `temporary`, `lasting` or, in a child process, `attached`."""

    home: Path
    sockets: Path
    web_port: int
    venue_ports: tuple[int, int]
    is_lasting: bool
    held: Lock | None = field(default=None, compare=False, repr=False)

    @classmethod
    def temporary(cls) -> Instance:
        """A throw-away instance in a short temporary folder, held by this process."""
        folders.sweep()
        home = folders.new_short()
        held = Lock(home / folders.LOCK)
        sockets = folders.for_servers(home / "sockets")
        venue_ports = (_free_port(), _free_port())
        return cls(home, sockets, _free_port(), venue_ports, is_lasting=False, held=held)._saved()

    @classmethod
    def lasting(cls, checkout: Path = CHECKOUT) -> Instance:
        """The checkout's lasting instance, held by this process.

        Raises BusyInstanceError, which says where the holder runs.
        """
        home = folders.lasting(checkout)
        folders.make_own(home)
        try:
            held = Lock(home / folders.LOCK)
        except BusyInstanceError as busy:
            raise BusyInstanceError(cls.whereabouts(home)) from busy
        before = _state(home)
        if before is not None:
            folders.clear_leftovers(home, _title(before.sockets))
            folders.remove_short(before.sockets.parent)
        sockets = folders.for_servers(folders.new_short() / "sockets")
        web_port = _free_port(before.web_port if before else 0)
        first, second = map(_free_port, before.venue_ports if before else (0, 0))
        return cls(home, sockets, web_port, (first, second), is_lasting=True, held=held)._saved()

    @classmethod
    def attached(cls, home: Path) -> Instance:
        """The instance in `home`, as the process that holds it wrote it down. Raises EmbeddedError."""
        instance = _state(home)
        if instance is None:
            raise EmbeddedError(f"there is no instance in {home}: start one with `make serve` or `make demo`")
        return instance

    @staticmethod
    def whereabouts(home: Path) -> str:
        """Where the running holder of `home` is, in a sentence."""
        process, running = lock.holder(home / folders.LOCK), _state(home)
        address = running.web_url if running is not None else "an address not chosen yet"
        return f"already running at {address} (pid {process.pid if process else 'unknown'}, data in {home})"

    @property
    def title(self) -> str:
        """The name under which the servers show in a list of processes; unique on the machine."""
        return _title(self.sockets)

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def temporary_files(self) -> Path:
        """Where its processes put temporary files: a killed one leaves some, and they go with the instance."""
        return self.sockets.parent / "tmp"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    def database_url(self, name: str = DATABASE) -> str:
        """As qtweb_app, the role of every process."""
        return self._postgres_url("qtweb_app", name)

    def migration_database_url(self, name: str = DATABASE) -> str:
        """As qtweb_migrate, which assumes the owner of the tables."""
        return self._postgres_url("qtweb_migrate", name)

    def superuser_url(self, name: str = DATABASE) -> str:
        """As the superuser: for tests and benchmarks, never for a process of the site."""
        return self._postgres_url("postgres", name)

    def redis_url(self, number: int = 0) -> str:
        """Celery's URL of one of Redis's 16 numbered databases."""
        return f"redis+socket://{self.redis_socket}?virtual_host={number}"

    def environment(self) -> dict[str, str]:
        """The variables qtweb's settings read, and the marker by which its processes are known."""
        return {
            "DATABASE_URL": self.database_url(),
            "MIGRATION_DATABASE_URL": self.migration_database_url(),
            "REDIS_URL": self.redis_url(),
            "SECRET_KEY": self._secret_key(),
            "QTWEB_AUDIT_KEY_FILE": str(self._audit_key_file),
            "QTWEB_CHECKPOINT_STORES": f"beside=folder://{self.home / 'checkpoints'}",
            "QTWEB_CHECKPOINT_INTERVAL_S": "1",
            "QTWEB_ENVIRONMENT": "local",
            "QTWEB_ALLOWED_HOSTS": "127.0.0.1,localhost",
            "WEB_PORT": str(self.web_port),
            "VENUES": ",".join(
                f"{code}=127.0.0.1:{port}" for code, port in zip(VENUES, self.venue_ports, strict=True)
            ),
            "VENUE_STORE": str(self.home / "venue.sqlite3"),
            "MTF_STORE": str(self.home / "mtf.sqlite3"),
            "PROMETHEUS_MULTIPROC_DIR": str(self._metrics),
            processes.MARKER: str(self.home),
        }

    def child_environment(self) -> dict[str, str]:
        """All variables of a child process: ours over the caller's, with this interpreter first in PATH."""
        kept = {k: v for k, v in os.environ.items() if k not in _FOREIGN and not k.startswith("PG")}
        path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
        ours = {"PATH": path, "PYTHONUNBUFFERED": "1", "TMPDIR": str(self.temporary_files)}
        return {**kept, **self.environment(), **ours}

    def close(self) -> None:
        """Let go of the instance and remove what does not last. Nothing may run in it any more."""
        if self.is_lasting:
            folders.remove_short(self.sockets.parent)
        else:
            folders.remove_short(self.home)
        if self.held is not None:
            self.held.release()

    def _postgres_url(self, role: str, name: str) -> str:
        return f"postgresql://{role}@{quote(str(self.sockets), safe='')}:{POSTGRES_PORT}/{name}"

    def _secret_key(self) -> str:
        path = self.home / "secret_key"
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text()
        with os.fdopen(file, "w") as out:
            out.write(secrets.token_urlsafe(64))
        return path.read_text()

    def _make_audit_key(self) -> None:
        """Sign this instance's log under a name and key of its own; a lasting one keeps both."""
        if self._audit_key_file.exists():
            return
        self._audit_key_file.touch(mode=0o600)
        self._audit_key_file.write_text(_audit_key(f"qtweb.local/log-{secrets.token_hex(4)}"))

    @property
    def _audit_key_file(self) -> Path:
        return self.home / "audit_key"

    def _saved(self) -> Instance:
        state = {
            "home": str(self.home),
            "sockets": str(self.sockets),
            "web_port": self.web_port,
            "venue_ports": self.venue_ports,
            "is_lasting": self.is_lasting,
        }
        (self.home / _STATE).write_text(json.dumps(state))
        self.temporary_files.mkdir(mode=0o700, exist_ok=True)
        self._secret_key()
        self._make_audit_key()
        # An earlier run's figures are nobody's: its processes have ended.
        shutil.rmtree(self._metrics, ignore_errors=True)
        self._metrics.mkdir()
        return self

    @property
    def _metrics(self) -> Path:
        return self.home / "metrics"


def _state(home: Path) -> Instance | None:
    path = home / _STATE
    if not path.exists():
        return None
    state = json.loads(path.read_text())
    # What was saved before there were two venues has one port, which stays the first one's.
    first, second = state.pop("venue_ports", (state.pop("venue_port", 0), 0))
    paths = {name: Path(state[name]) for name in ("home", "sockets")}
    return Instance(**{**state, **paths, "venue_ports": (first, second)})


def _audit_key(name: str) -> str:
    """A new key as compliance/transparency/notes.py reads it: spelt out here, since this package stands alone."""
    # Only here: no other start of a process should load it.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    named = f"{name}\n".encode() + b"\x01" + key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(named).hexdigest()[:8]
    return f"PRIVATE+KEY+{name}+{key_id}+{base64.b64encode(bytes([1]) + key.private_bytes_raw()).decode()}\n"


def _title(sockets: Path) -> str:
    return sockets.parent.name


def _free_port(preferred: int = 0) -> int:
    """`preferred` when it is free, so that a lasting instance keeps its address; else any free port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
