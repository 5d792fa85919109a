"""Risk refuses an order, and the refusal is kept."""

from qtweb.demo.stage import Stage
from qtweb.demo.timetable import TOO_MANY_SHARES

TITLE = "Risk refuses an order"

_CODE = "RISK_ORDER_QUANTITY"


def play(stage: Stage) -> None:
    """Raises DemoError."""
    refused = stage.trader.post(
        "/orders",
        {
            "account": stage.account,
            "client_order_id": "demo-too-many",
            "symbol": stage.day.symbol,
            "side": "buy",
            "type": "market",
            "quantity": f"{TOO_MANY_SHARES}",
        },
    )
    stage.claims.require(
        f"buy {TOO_MANY_SHARES:,} is refused with its code",
        (refused.status, refused.body.get("code")) == (422, _CODE),
        refused,
    )
    kept = stage.trader.order(refused.body["order_id"])
    stage.claims.check("the order is kept as rejected", kept["status"] == "rejected", kept["denial_detail"])
