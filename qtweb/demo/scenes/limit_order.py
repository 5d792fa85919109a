"""A limit order is placed, amended, protected from a stale amendment, and cancelled."""

from decimal import ROUND_DOWN, Decimal

from qtweb.demo.claims import eventually
from qtweb.demo.stage import Stage

TITLE = "A limit order is placed, amended and cancelled"

_AWAY_FROM_THE_MARKET = Decimal("0.90")
_PATIENCE_S = 20.0


def play(stage: Stage) -> None:
    """Raises DemoError."""
    claims, trader = stage.claims, stage.trader
    price = _passive_price(stage)
    placed = trader.post(
        "/orders",
        {
            "account": stage.account,
            "client_order_id": "demo-limit",
            "symbol": stage.day.symbol,
            "side": "buy",
            "type": "limit",
            "time_in_force": "day",
            "quantity": "1000",
            "limit_price": f"{price:f}",
        },
    )
    claims.require(f"buy 1000 {stage.day.symbol} at {price} is admitted", placed.status == 201, placed)
    path = f"/orders/{placed.body['id']}"

    lower = price - stage.day.tick_size
    seen_tag = placed.etag or ""
    amended = trader.patch(path, {"limit_price": f"{lower:f}"}, if_match=seen_tag)
    claims.require(
        f"its price is amended to {lower} with If-Match {seen_tag}",
        amended.status == 200,
        amended.body.get("status"),
    )
    in_force = eventually(
        "the new terms come into force",
        lambda: trader.get(path),
        lambda now: now.body["status"] == "new" and Decimal(now.body["limit_price"]) == lower,
        patience_s=_PATIENCE_S,
    )
    claims.check("the new terms are in force, under a new ETag", in_force.etag != seen_tag, in_force.etag)

    stale = trader.patch(path, {"quantity": "2000"}, if_match=seen_tag)
    claims.check(f"an amendment with the stale {seen_tag} is refused", stale.status == 412, stale)

    asked = trader.post(f"{path}/cancel", {"reason": "the demo moves on"})
    claims.require("its cancel is accepted", asked.status == 200, asked.body.get("status"))
    ended = eventually(
        "the order is canceled",
        lambda: trader.order(placed.body["id"]),
        lambda now: now["status"] == "canceled",
        patience_s=_PATIENCE_S,
    )
    claims.check("it ends canceled, without a fill", ended["filled_quantity"] == "0", ended["status"])


def _passive_price(stage: Stage) -> Decimal:
    """A price that the market does not reach while the scene lasts."""
    tick_size = stage.day.tick_size
    last = stage.day.last_price(stage.market_now())
    return (last * _AWAY_FROM_THE_MARKET / tick_size).to_integral_value(ROUND_DOWN) * tick_size
