"""The replay of an order as text: each step with the order after it, the market then, and what risk saw."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from compliance.leaves import timestamp
from compliance.models import Leaf
from compliance.replay import Step, steps_of
from orders.decisions import KeptDecision
from orders.kernel.context import Actor
from orders.kernel.money import decimal_text
from orders.models import Order
from orders.risk.figures import Finding

_NOTHING = "-"


def replay_text(actor: Actor, order: Order, leaves: Sequence[Leaf]) -> str:
    """Return the life of an order from its leaves of events, oldest first, with the numbers that `actor` may see."""
    lines = [
        f"Replay of order {order.pk}: {order.side} {_number(order.quantity)} {order.instrument.symbol}"
        f" for account {order.account.code}",
        "Times are UTC, prices in the instrument's currency. The market is what is loaded now of each step's market"
        " time, a decision is what was kept of it. The leaves have neither: this is the house's own word.",
        "",
    ]
    for number, step in enumerate(steps_of(actor, order, leaves), start=1):
        lines += [*_step(number, step), ""]
    return "\n".join(lines)


def _step(number: int, step: Step) -> Iterator[str]:
    yield f"{number}. {step.leaf.action}, recorded {timestamp(step.leaf.recorded_at)}"
    if step.revision is not None:
        state = step.revision
        yield (
            f"    order: version {state.version}, {state.order_status}, quantity {_number(state.order_quantity)},"
            f" filled {_number(state.cum_quantity)} at {_number(state.avg_price)},"
            f" open {_number(state.leaves_quantity)}"
        )
    if step.market is not None and step.market_time is not None:
        market = step.market
        yield (
            f"    market at {timestamp(step.market_time)}: last {_number(market.last)},"
            f" bid {_number(market.bid)} for {_number(market.bid_size)},"
            f" ask {_number(market.ask)} for {_number(market.ask_size)}"
        )
    for decision in step.decisions:
        yield from _decision(decision)


def _decision(kept: KeptDecision) -> Iterator[str]:
    decision = kept.decision
    verdict = "admitted" if decision.is_admitted else "refused"
    yield (
        f"    risk ({kept.stage}): {verdict}, quantity {_number(decision.quantity)},"
        f" at worst {_number(decision.notional)} {decision.currency}"
    )
    yield from (f"        {_finding(each)}" for each in decision.findings)


def _finding(found: Finding) -> str:
    told = f"{found.check}: {found.outcome}"
    if found.limit is not None:
        used, with_order = _number(found.used), _number(found.with_order)
        told += f", limit {_number(found.limit.value)}, before {used}, with it {with_order}"
    return f"{told} {found.code} {found.detail}".rstrip()


def _number(value: Decimal | None) -> str:
    return _NOTHING if value is None else decimal_text(value)
