"""A routing rule is asked for by one person and agreed to by another; an order that fits it goes to another venue."""

from decimal import Decimal
from typing import Any

from qtweb.demo.claims import eventually
from qtweb.demo.stage import Stage
from qtweb.demo.timetable import SMALL_SHARES
from qtweb.universe.catalogue import CASH_DESK

TITLE = "A rule sends an order to another venue"

_PATIENCE_S = 40.0
_RULE = {
    "name": "at-once",
    "place": 100,
    "desk": CASH_DESK,
    "time_in_force": "ioc",
    "venues": ["MTF", "SIM"],
    "reason": "what is wanted at once is cheaper there",
}


def play(stage: Stage) -> None:
    """Raises DemoError."""
    claims = stage.claims
    asked = stage.operator.post("/routing_rules", _RULE)
    claims.require(f"an operator asks for the rule: IOC of {CASH_DESK} to MTF", asked.status == 202, asked)
    agreed = stage.officer.post(f"/approvals/{asked.body['id']}/approve", {"reason": "as the policy says"})
    claims.require("the compliance officer agrees", agreed.status == 200, agreed)

    placed = stage.trader.post("/orders", _order(stage))
    claims.require(f"buy {SMALL_SHARES} at once is admitted", placed.status == 201, placed)
    ended = eventually(
        "the order ends",
        lambda: stage.trader.order(placed.body["id"]),
        lambda now: now["leaves_quantity"] == "0",
        patience_s=_PATIENCE_S,
    )
    [sent] = [each["venue_order"] for each in stage.trader.items(f"/orders/{placed.body['id']}/slices")]
    claims.check(
        "it went to MTF, and says by which rule",
        (sent["venue"], sent["routing_rule"]) == ("MTF", _RULE["name"]),
        f"{sent['venue']} by {sent['routing_rule']}",
    )
    filled = Decimal(ended["filled_quantity"])
    claims.check("MTF filled it", filled > 0, f"{filled:,} of {SMALL_SHARES} at {ended['filled_avg_price']}")


def _order(stage: Stage) -> dict[str, Any]:
    return {
        "account": stage.account,
        "client_order_id": "demo-other-venue",
        "symbol": stage.day.symbol,
        "side": "buy",
        "type": "market",
        "time_in_force": "ioc",
        "quantity": f"{SMALL_SHARES}",
    }
