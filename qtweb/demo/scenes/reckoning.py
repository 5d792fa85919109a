"""The reckoning: what we say, what the venue says, what the audit log says, and what the execution cost."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from execution.market_data.benchmarks import day_vwap, slippage_bps
from execution.session import XNYS
from orders.terms import Side
from qtweb.demo.scenes.parent_order import CLIENT_ORDER_ID
from qtweb.demo.stage import Stage
from qtweb.demo.trail import check_trail
from qtweb.demo.venue import Fill, fills_of, fills_on_record, in_full, open_on_record, shares

TITLE = "The reckoning"

_Row = tuple[str, str]


def play(stage: Stage) -> None:
    """Raises DemoError."""
    orders = stage.auditor.items("/orders")
    parent = next(order for order in orders if order["client_order_id"] == CLIENT_ORDER_ID)
    ours = {
        order["id"]: fills_of(stage.auditor.items(f"/orders/{order['id']}/executions")) for order in orders
    }
    slices = stage.auditor.items(f"/orders/{parent['id']}/slices")
    table = [
        ("Orders", _by_state(order["status"] for order in orders)),
        ("Slices of the parent", _by_state(each["state"] for each in slices)),
        *_quantities(stage, parent, ours),
        *_prices(stage, parent),
        _position(stage, ours),
        ("Audit", check_trail(stage, orders)),
    ]
    width = max(len(name) for name, _ in table)
    print("\n".join(["", *(f"  {name.ljust(width)}  {value}" for name, value in table)]), flush=True)


def _quantities(stage: Stage, parent: dict[str, Any], ours: dict[str, set[Fill]]) -> list[_Row]:
    """What was filled, by our books and by the venue's; raises nothing, each difference is a claim that fails."""
    environment = stage.supervisor.instance.environment()
    stores = [Path(environment[name]) for name in ("VENUE_STORE", "MTF_STORE")]
    recorded = set[Fill]().union(*map(fills_on_record, stores))
    booked = set[Fill]().union(*ours.values())
    stage.claims.check(
        "the venues' own records have our fills and no others, each with its quantity and price",
        booked == recorded,
        f"{len(recorded)} fills there, {len(booked)} here",
    )
    still_open = sum(map(open_on_record, stores))
    stage.claims.check("the venues hold nothing of ours open", still_open == 0, still_open)
    filled, ordered = Decimal(parent["filled_quantity"]), Decimal(parent["quantity"])
    of_parent = {fill.execution_id for fill in ours[parent["id"]]}
    theirs = shares(fill for fill in recorded if fill.execution_id in of_parent)
    stage.claims.check(
        "shares filled equal shares ordered, by us and by the venues",
        filled == theirs == ordered,
        f"{in_full(filled)}, {in_full(theirs)} and {in_full(ordered)}",
    )
    return [
        (
            "Shares filled, our record",
            f"{in_full(filled)} of {in_full(ordered)} ordered, in {len(of_parent)} fills",
        ),
        ("Shares filled, the venues'", f"{in_full(theirs)} of {in_full(ordered)} ordered"),
    ]


def _prices(stage: Stage, parent: dict[str, Any]) -> list[_Row]:
    """The parent's average price against the day; a positive difference is a cost."""
    average = Decimal(parent["filled_avg_price"])
    arrived_at = datetime.fromisoformat(parent["market_time"])
    benchmarks = {
        "the day's VWAP": day_vwap(stage.day.bars, mic=XNYS),
        "the arrival price": stage.day.last_price(arrived_at),
    }
    return [
        ("Average price", f"{average:.4f}"),
        *(
            (f"  against {name}", f"{price:.4f}   {slippage_bps(Side.BUY, average, price):+.2f} bps")
            for name, price in benchmarks.items()
        ),
    ]


def _position(stage: Stage, ours: dict[str, set[Fill]]) -> _Row:
    held = stage.auditor.items("/positions")
    positions = {(each["account"], each["symbol"]): Decimal(each["net_quantity"]) for each in held}
    bought = sum((shares(fills) for fills in ours.values()), Decimal(0))
    net = positions.get((stage.account, stage.day.symbol), Decimal(0))
    stage.claims.check(
        "the position is the sum of the fills", net == bought, f"{in_full(net)} and {in_full(bought)}"
    )
    return ("Position", f"{in_full(net)} {stage.day.symbol} in {stage.account}")


def _by_state(states: Iterable[str]) -> str:
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(Counter(states).items()))
