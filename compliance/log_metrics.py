"""What the processes that watch and sign the log tell Prometheus, by way of orders/kernel/metrics.py."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge

VERIFIED = Gauge(
    "qtweb_audit_verified_entries",
    "Entries of the audit log that are known to hold",
    multiprocess_mode="livemostrecent",
)
LAST_PASS = Gauge(
    "qtweb_audit_last_pass_timestamp_seconds",
    "When the last pass over all entries ended that found nothing",
    multiprocess_mode="livemostrecent",
)
BROKEN = Gauge(
    "qtweb_audit_broken",
    "1 while a break is known that no whole pass has followed",
    multiprocess_mode="livemostrecent",
)
PASS_FAILURES = Counter(
    "qtweb_audit_pass_failures",
    "Batches of leaves that a pass over the log (search, accounts) could not work",
    ["pass"],
)
PLACE_STATE = Gauge(
    "qtweb_checkpoint_place_state",
    "1 for the state of a place outside the database that keeps or signs checkpoints",
    ["place", "state"],
    multiprocess_mode="livemostrecent",
)


def show_place(name: str, state: str, states: Iterable[str]) -> None:
    """Show in which of the `states` a place is."""
    for each in states:
        PLACE_STATE.labels(name, each).set(float(each == state))
