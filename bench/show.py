"""Prints what was measured as `name: value` lines."""

from collections import Counter

from bench.clients import Measurement


def show(name: str, value: object) -> None:
    """Print one line, at once."""
    print(f"{name}: {value}", flush=True)


def show_measurement(name: str, result: Measurement) -> None:
    """Show what the clients saw. Raises RuntimeError where an order was not admitted."""
    if result.errors:
        raise RuntimeError(f"{len(result.errors)} errors, the first: {result.errors[0]}")
    show(f"{name}_requests", len(result.latencies_ms))
    show(f"{name}_seconds", f"{result.seconds:.1f}")
    show(f"{name}_per_second", f"{result.per_second:.1f}")
    show(f"{name}_p50_ms", f"{result.percentile_ms(50):.1f}")
    show(f"{name}_p99_ms", f"{result.percentile_ms(99):.1f}")
    show(f"{name}_client_cpu_share", f"{result.client_cpu_share:.3f}")


def show_cpu(name: str, used: Counter[str], orders: int) -> None:
    """Show what each part used of the processors for one order: with what it does besides, as polling."""
    for part, milliseconds in sorted(used.items()):
        show(f"{name}_cpu_ms_per_order_{part}", f"{milliseconds / max(orders, 1):.2f}")
