"""A market order is filled by the venue."""

from qtweb.demo.claims import eventually
from qtweb.demo.stage import Stage
from qtweb.demo.timetable import SMALL_SHARES

TITLE = "A market order is filled"

_PATIENCE_S = 40.0


def play(stage: Stage) -> None:
    """Raises DemoError."""
    placed = stage.trader.post(
        "/orders",
        {
            "account": stage.account,
            "client_order_id": "demo-market",
            "symbol": stage.day.symbol,
            "side": "buy",
            "type": "market",
            "quantity": f"{SMALL_SHARES}",
        },
    )
    stage.claims.require(f"buy {SMALL_SHARES} at the market is admitted", placed.status == 201, placed)
    filled = eventually(
        "the market order is filled",
        lambda: stage.trader.order(placed.body["id"]),
        lambda now: now["status"] == "filled",
        patience_s=_PATIENCE_S,
    )
    price = filled["filled_avg_price"]
    stage.claims.check(
        "it is filled", filled["filled_quantity"] == f"{SMALL_SHARES}", f"{SMALL_SHARES} at {price}"
    )
    positions = stage.trader.items("/positions")
    held = [position["net_quantity"] for position in positions if position["symbol"] == stage.day.symbol]
    stage.claims.check("it is in the position", held == [f"{SMALL_SHARES}"], ", ".join(held) or "no position")
