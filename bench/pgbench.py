"""PostgreSQL's own pgbench with admission.sql: what this server makes durable in a second, without any Django."""

import re
import subprocess
from pathlib import Path

import psycopg

from bench import CLIENTS
from qtweb.embedded import binaries

_HERE = Path(__file__).parent
_SCRIPT, _TABLES = _HERE / "admission.sql", _HERE / "admission_tables.sql"
_MUST_BE_ON = ("fsync", "synchronous_commit", "full_page_writes")
_SHOWN = (
    "server_version",
    *_MUST_BE_ON,
    "wal_sync_method",
    "wal_level",
    "shared_buffers",
    "max_connections",
    "commit_delay",
)


def create_tables(url: str) -> None:
    """Make the script's two tables in an empty database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES.read_bytes())


def transactions_per_second(url: str, *, seconds: int) -> float:
    """Run the script for `seconds` with as many clients as the sites get. Raises RuntimeError when it fails."""
    command = [
        str(binaries.installed().path("pgbench")),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(CLIENTS),
        "-j",
        "2",
    ]
    result = subprocess.run(
        [*command, "-T", str(seconds), "-f", str(_SCRIPT), url], check=False, capture_output=True, text=True
    )
    rate = re.search(r"^tps = ([0-9.]+)", result.stdout, re.MULTILINE)
    failed = re.search(r"^number of failed transactions: 0 ", result.stdout, re.MULTILINE)
    if result.returncode != 0 or rate is None or failed is None:
        raise RuntimeError(f"pgbench failed:\n{result.stdout}{result.stderr}")
    return float(rate[1])


def durable_settings(url: str) -> dict[str, str]:
    """Return the server's settings as a session at `url` has them.

    Raises RuntimeError when a commit would not be durable: such a number would say nothing.
    """
    with psycopg.connect(url) as connection:
        settings = {name: str(connection.execute(f"SHOW {name}").fetchone()[0]) for name in _SHOWN}
    off = [name for name in _MUST_BE_ON if settings[name] != "on"]
    if off:
        raise RuntimeError(f"not on: {', '.join(off)}")
    return settings
