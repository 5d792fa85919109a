"""What stands when a request to place an order comes in: all that admission has to know, read by one statement.

Written out, because every admission waits for it: the same as six query sets takes a good half of an admission's
time in Python. tests/orders/risk/test_standing.py holds it equal to those query sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model

from orders.authority import HELD_ON_ACCOUNT
from orders.errors import AccountNotFound, InstrumentNotFound
from orders.kernel.clock import MarketClock, recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.statements import Statement
from orders.kernel.transactions import step
from orders.models import Account, Desk, Firm, Instrument
from orders.models.reference import MarketState
from orders.permissions import PLACE_ORDERS, VIEW_ORDERS
from orders.risk.applying import APPLYING, LIMIT_COLUMNS, NUMBER_OF_LIMIT_COLUMNS, Bounds, in_force

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an order of someone who may place it is judged by.

    `account` has its desk and firm with it, `used_by` is the order or request of the account that has used the client
    order id already.
    """

    account: Account
    instrument: Instrument
    bounds: Bounds
    market_time: datetime
    used_by: UUID | None


@step
def standing_of(actor: Actor, *, account_code: str, symbol: str, client_order_id: str) -> Standing:
    """Return what stands now for an order of `actor`. No kill switch is engaged before this transaction ends.

    Raises AccountNotFound for an account that is hidden from the actor or absent, NotPermitted for one that the
    actor may only see, and then InstrumentNotFound.
    """
    values = {
        "user": actor.user_id,
        "trader": actor.user_id,
        "account": account_code,
        "symbol": symbol,
        "client_order_id": client_order_id,
    }
    row = _statement().row(values)
    anchor, wall_anchor, speed, paused, engaged, held, market_state, used_by, *columns = row
    limits, columns = columns[:NUMBER_OF_LIMIT_COLUMNS], columns[NUMBER_OF_LIMIT_COLUMNS:]
    account, desk, firm, instrument = _rows((Account, Desk, Firm, Instrument), columns)
    if account is None or not {PLACE_ORDERS, VIEW_ORDERS} & set(held):
        raise AccountNotFound("there is no such account for you")
    if PLACE_ORDERS not in held:
        raise NotPermitted("you may see this account, but not place orders for it", permission=PLACE_ORDERS)
    if instrument is None:
        raise InstrumentNotFound(f"there is no instrument {symbol}")
    account.desk, desk.firm = desk, firm
    market_time = MarketClock(anchor, wall_anchor, speed, paused).at(recorded_now())
    holders = {"account": account.code, "desk": desk.code, "firm": firm.code, "trader": actor.name}
    return Standing(
        account=account,
        instrument=instrument,
        bounds=Bounds(
            in_force(limits, market_time, holders=holders, instrument=instrument),
            market_state == MarketState.ACTIVE,
            engaged,
        ),
        market_time=market_time,
        used_by=used_by,
    )


@cache
def _statement() -> Statement:
    return Statement(f"""
        SELECT clock.anchor, clock.wall_anchor, clock.speed, clock.paused,
            gate.engaged,
            {HELD_ON_ACCOUNT},
            market.state,
            used.id,
            {LIMIT_COLUMNS},
            {_columns(Account, "account")},
            {_columns(Desk, "desk")},
            {_columns(Firm, "firm")},
            {_columns(Instrument, "instrument")}
        FROM orders_markettime AS clock
        CROSS JOIN orders_killswitchgate AS gate
        LEFT JOIN orders_account AS account ON account.code = %(account)s
        LEFT JOIN orders_desk AS desk ON desk.id = account.desk_id
        LEFT JOIN orders_firm AS firm ON firm.id = desk.firm_id
        LEFT JOIN orders_instrument AS instrument ON instrument.symbol = %(symbol)s
        LEFT JOIN orders_market AS market ON market.mic = instrument.mic
        LEFT JOIN orders_usedclientorderid AS used
            ON used.account_id = account.id AND used.client_order_id = %(client_order_id)s
        {APPLYING}
        FOR SHARE OF gate
    """)  # noqa: S608 - names of our own columns


def _columns(model: type[Model], alias: str) -> str:
    quoted = connection.ops.quote_name
    return ", ".join(f"{alias}.{quoted(str(field.column))}" for field in model._meta.concrete_fields)


def _rows(models: Sequence[type[Model]], columns: list[object]) -> list[Any]:
    """Return a row of each model out of the columns of all of them, None where an outer join found none."""
    rows, values = [], iter(columns)
    for model in models:
        rows.append(_row(model, [next(values) for _field in model._meta.concrete_fields]))
    return rows


def _row(model: type[M], values: list[object]) -> M | None:
    names = [field.attname for field in model._meta.concrete_fields]
    found = dict(zip(names, values, strict=True))
    return None if found["id"] is None else model.from_db(connection.alias, names, values)
