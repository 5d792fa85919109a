"""What the processes of this machine tell Prometheus, each its own part.

With PROMETHEUS_MULTIPROC_DIR (prometheus_client's own variable) every process writes to a file in that folder, and
whoever is asked reads them all; a process that has ended is left out. Without it a process knows of itself alone.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from orders.kernel.clock import recorded_now

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

RETRIES = Counter(
    "qtweb_service_retries",
    "Service calls tried again by the SQLSTATE that ended them",
    ["service", "sqlstate"],
)
BREAKER_FAILURES = Gauge(
    "qtweb_breaker_failures", "Failures in a row", ["breaker"], multiprocess_mode="liveall"
)
BREAKER_SINCE = Gauge(
    "qtweb_breaker_since_timestamp_seconds",
    "When the breaker came into its state",
    ["breaker"],
    multiprocess_mode="liveall",
)
BREAKER_OPEN_UNTIL = Gauge(
    "qtweb_breaker_open_until_timestamp_seconds",
    "When an open breaker lets a trial through; 0 when it is closed",
    ["breaker"],
    multiprocess_mode="liveall",
)

_FIGURES = 3
"""How many gauges a breaker has; a process that is just writing its first shows fewer."""


def show_breaker(name: str, failures: int, since: datetime, open_s: float | None) -> None:
    """Show how a breaker of this process stands; `open_s` is how long it still stays open, None when closed."""
    until = 0.0 if open_s is None else (recorded_now() + timedelta(seconds=open_s)).timestamp()
    BREAKER_FAILURES.labels(name).set(failures)
    BREAKER_SINCE.labels(name).set(since.timestamp())
    BREAKER_OPEN_UNTIL.labels(name).set(until)


def registry() -> CollectorRegistry:
    """Return what there is to read: of every living process of the folder, or of this one."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return REGISTRY
    _forget_the_dead(Path(folder))
    merged = CollectorRegistry()
    MultiProcessCollector(merged, folder)
    return merged


def shown_breakers() -> list[tuple[str, int, datetime, datetime | None]]:
    """Return what is shown of every breaker that ever failed: name, failures, since when, and open until when."""
    figures: dict[tuple[str, str], dict[str, float]] = {}
    for metric in registry().collect():
        if metric.name.startswith("qtweb_breaker_"):
            for sample in metric.samples:
                key = sample.labels["breaker"], sample.labels.get("pid", "")
                figures.setdefault(key, {})[metric.name] = sample.value
    return [
        (
            name,
            int(shown["qtweb_breaker_failures"]),
            _moment(shown["qtweb_breaker_since_timestamp_seconds"]),
            _moment(shown["qtweb_breaker_open_until_timestamp_seconds"]) if _is_open(shown) else None,
        )
        for (name, _pid), shown in figures.items()
        if len(shown) == _FIGURES
    ]


def _is_open(shown: dict[str, float]) -> bool:
    return shown["qtweb_breaker_open_until_timestamp_seconds"] > 0


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def _forget_the_dead(folder: Path) -> None:
    """Remove the live figures of processes that have ended, however they did: nobody else tells us."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if not Path("/proc", pid).exists():
            mark_process_dead(int(pid))
