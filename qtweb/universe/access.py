"""How to get into an instance that is served: addresses, logins, and an order to paste."""

import json
from datetime import timedelta
from decimal import ROUND_UP, Decimal
from pathlib import Path
from shlex import quote

from execution.market_figures import market_figures
from execution.session import NEW_YORK, XNYS, current_or_next_session
from orders.kernel.context import Actor
from orders.kernel.ids import new_id
from orders.kernel.money import decimal_text
from orders.selectors import instrument_with_symbol, market_clock, market_now
from qtweb.universe.catalogue import ACCOUNTS, CASH_DESK, CASH_TRADER, FIRM, PEOPLE
from qtweb.universe.demo_token import fresh_token
from qtweb.universe.logins import Logins

_SYMBOL = "SPY"
_ABOVE_THE_MARKET = Decimal("1.01")
"""A limit 1 % above the last price: within every account's collar, and filled by the next minute's trades."""


def access_text(*, actor: Actor, web_url: str, logins: Logins, home: Path) -> str:
    """Return what `make serve` prints. Makes a fresh token and revokes the one that was printed before."""
    return "\n".join(
        [
            "",
            f"Admin                {web_url}/admin/",
            f"API                  {web_url}/api/v1/",
            f"API documentation    {web_url}/api/v1/docs   (try it out: Authorize with `Token <token>`)",
            "",
            *_people(logins),
            "",
            _market(),
            "",
            f"Place an order as {CASH_TRADER}, filled by the next minute of the market:",
            _curl(web_url, fresh_token(actor=actor, username=CASH_TRADER, home=home)),
        ]
    )


def _people(logins: Logins) -> list[str]:
    rows = [("Login", "Password", "Role", "Worth looking at")]
    for person in PEOPLE:
        role = f"{person.role.replace('_', ' ')} of {person.desk or FIRM}"
        password = logins.password(person.username) or "(not made here)"
        rows.append((person.username, password, role, person.worth_looking_at))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]


def _market() -> str:
    clock, now = market_clock(), market_now()
    session = current_or_next_session(now, XNYS)
    left = timedelta(seconds=(session.close - now).total_seconds() / float(clock.speed))
    return (
        f"The market is a made-up day, replayed at {decimal_text(clock.speed)} times real time: it is"
        f" {now.astimezone(NEW_YORK):%A %H:%M} in New York, and the session closes in {left.seconds // 60} minutes"
        " of yours. Then the next day opens."
    )


def _curl(web_url: str, token: str) -> str:
    body = {
        "account": ACCOUNTS[CASH_DESK][0],
        "client_order_id": f"pasted-{new_id()}",
        "symbol": _SYMBOL,
        "side": "buy",
        "type": "limit",
        "time_in_force": "day",
        "quantity": "100",
        "limit_price": decimal_text(_marketable_price()),
    }
    headers = (f"Authorization: Token {token}", "Content-Type: application/json")
    sent = " ".join(f"-H {quote(header)}" for header in headers)
    return f"curl -sS {sent} -d {quote(json.dumps(body))} {web_url}/api/v1/orders"


def _marketable_price() -> Decimal:
    instrument = instrument_with_symbol(_SYMBOL)
    if instrument is None:
        raise LookupError(f"there is no instrument {_SYMBOL}: has the universe been seeded?")
    market = market_figures(instrument_id=instrument.pk, mic=instrument.mic, market_time=market_now())
    if market.last is None:
        raise LookupError(f"the market has no price for {_SYMBOL}: has the market been opened?")
    ticks = (market.last * _ABOVE_THE_MARKET / instrument.tick_size).to_integral_value(ROUND_UP)
    return ticks * instrument.tick_size
