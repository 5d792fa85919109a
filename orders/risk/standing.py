"""What stands when a request to place an order comes in: all that admission has to know, read by one statement.

Written out, because every admission waits for it: the same as six query sets takes a good half of an admission's
time in Python. tests/orders/risk/test_standing.py holds it equal to those query sets.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from orders.authority import HELD_ON_ACCOUNT, rights
from orders.errors import AccountNotFound, InstrumentNotFound
from orders.kernel.clock import MarketClock, recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.rows import columns_of, rows_of
from orders.kernel.statements import Statement
from orders.kernel.transactions import stand_in, step
from orders.models import Account, Desk, Firm, Instrument
from orders.models.organisation import AccountState
from orders.models.reference import InstrumentState, MarketState
from orders.permissions import PLACE_ORDERS, VIEW_ORDERS
from orders.risk.applying import APPLYING, LIMIT_COLUMNS, NUMBER_OF_LIMIT_COLUMNS, Bounds, in_force
from orders.risk.id_locks import id_locked


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
    """Return what stands now for an order of `actor`, and let nobody else use its client order id.

    No kill switch is engaged and no limit or state changes before this transaction ends. Where another was using the
    id, this has waited for it, and `used_by` is as it was before: the constraint on ids knows better.

    Raises AccountNotFound for an account that is hidden from the actor or absent, NotPermitted for one that the
    actor may only see, and then InstrumentNotFound.
    """
    values = {
        "user": actor.user_id,
        "now": recorded_now(),
        "trader": actor.user_id,
        "account": account_code,
        "symbol": symbol,
        "client_order_id": client_order_id,
    }
    row = _statement().row(values)
    anchor, wall_anchor, speed, paused, engaged, held, market_state, used_by, _locked, *columns = row
    limits, columns = columns[:NUMBER_OF_LIMIT_COLUMNS], columns[NUMBER_OF_LIMIT_COLUMNS:]
    account, desk, firm, instrument = rows_of((Account, Desk, Firm, Instrument), columns)
    permitted = rights(held)
    if account is None or not {PLACE_ORDERS, VIEW_ORDERS} & set(permitted):
        raise AccountNotFound("there is no such account for you")
    if PLACE_ORDERS not in permitted:
        raise NotPermitted("you may see this account, but not place orders for it", permission=PLACE_ORDERS)
    if instrument is None:
        raise InstrumentNotFound(f"there is no instrument {symbol}")
    stand_in(permitted[PLACE_ORDERS])
    account.desk, desk.firm = desk, firm
    market_time = MarketClock(anchor, wall_anchor, speed, paused).at(recorded_now())
    holders = {"account": account.code, "desk": desk.code, "firm": firm.code, "trader": actor.name}
    return Standing(
        account=account,
        instrument=instrument,
        bounds=Bounds(
            in_force(limits, market_time, holders=holders, instrument=instrument),
            account.state == AccountState.ACTIVE,
            instrument.state == InstrumentState.ACTIVE,
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
            {id_locked("account.id", "%(client_order_id)s")},
            {LIMIT_COLUMNS},
            {columns_of(Account, "account")},
            {columns_of(Desk, "desk")},
            {columns_of(Firm, "firm")},
            {columns_of(Instrument, "instrument")}
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
