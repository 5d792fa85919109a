"""What an order's account, desk and firm have before the order: locked for admission, or only read for a preview.

Read again from the locked rows, because what others committed while we waited must count. What a desk or a firm has
in one instrument is a sum over positions; it is read by a statement of its own after the locks, whose snapshot has
everything that was committed before.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from orders.kernel.statements import Statement
from orders.kernel.transactions import step
from orders.models import Account, Instrument, Order, Position
from orders.positions.trade import EXACT
from orders.risk.figures import Holder, HolderFigures, InstrumentFigures

NOBODY: frozenset[Holder] = frozenset()
_IN_INSTRUMENT = (
    "net_quantity",
    "open_buy_quantity",
    "open_sell_quantity",
    "net_notional",
    "open_buy_notional",
    "open_sell_notional",
    "worst_notional",
)
_OF_HOLDER = (
    "gross_notional",
    "net_notional",
    "open_buy_notional",
    "open_sell_notional",
    "cash",
    "opening_equity",
    "opening_day",
)
_ALIASES = {
    Holder.ACCOUNT: "of_account",
    Holder.DESK: "of_desk",
    Holder.FIRM: "of_firm",
}
_COLUMNS = ", ".join(
    [f"coalesce(position.{name}, 0)" for name in _IN_INSTRUMENT]
    + [f"{alias}.{name}" for alias in _ALIASES.values() for name in _OF_HOLDER]
)
_FROM = """
    FROM orders_exposure AS of_account
    JOIN orders_exposure AS of_desk ON of_desk.id = %(desk)s
    JOIN orders_exposure AS of_firm ON of_firm.id = %(firm)s
"""
_READ = Statement(f"""
    SELECT {_COLUMNS} {_FROM}
    LEFT JOIN orders_position AS position
        ON position.account_id = %(account)s AND position.instrument_id = %(instrument)s
    WHERE of_account.id = %(account)s
""")
# Rows are locked in the order in which OF names them.
_LOCK = Statement(f"""
    SELECT {_COLUMNS} {_FROM}
    JOIN orders_position AS position
        ON position.account_id = %(account)s AND position.instrument_id = %(instrument)s
    WHERE of_account.id = %(account)s
    FOR NO KEY UPDATE OF position, of_account, of_desk, of_firm
""")
_LOCK_POSITIONS = Statement("""
    SELECT 1 FROM orders_position
    WHERE (account_id, instrument_id) IN (SELECT * FROM unnest(%(accounts)s::uuid[], %(instruments)s::uuid[]))
    ORDER BY id FOR NO KEY UPDATE
""")
_LOCK_EXPOSURE = Statement(
    "SELECT 1 FROM orders_exposure WHERE id = ANY(%(holders)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"
)
_SUMS = ", ".join(f"coalesce(sum(position.{name}), 0)" for name in _IN_INSTRUMENT)
_SUM = {
    holder: Statement(f"""
        SELECT {_SUMS}
        FROM orders_position AS position
        JOIN orders_account AS sibling ON sibling.id = position.account_id
        JOIN orders_desk AS of ON of.id = sibling.desk_id
        WHERE position.instrument_id = %(instrument)s AND {condition}
    """)  # noqa: S608 - our own names and constants: values are parameters
    for holder, condition in (
        (Holder.DESK, "of.id = %(desk)s"),
        (Holder.FIRM, "of.firm_id = %(firm)s"),
    )
}


@step
def lock_figures(
    account: Account,
    instrument: Instrument,
    *,
    market_time: datetime,
    wanted_instrument_of: frozenset[Holder] = NOBODY,
) -> dict[Holder, HolderFigures]:
    """Lock the position and the exposure of account, desk and firm to the end of the transaction, and read them.

    The account's figures have what it has in the instrument; those of desk and firm where they are wanted: a query
    for each. `market_time` says which day's opening the loss is measured from. The position's row is made where it
    is not there.
    """
    row = _row(_LOCK, account, instrument)
    if row is None:
        have_position(account, instrument)
        row = _row(_LOCK, account, instrument)
    return _figures(row, account, instrument, market_time, wanted_instrument_of)


@step
def lock_figures_of(orders: Iterable[Order]) -> None:
    """Lock the positions of many locked orders, and then the exposure of their accounts, desks and firms.

    In the order in which everybody locks them: whoever moves several positions in one transaction has all of them
    before the first is moved.
    """
    rows = list(orders)
    _LOCK_POSITIONS.run(
        {"accounts": [row.account_id for row in rows], "instruments": [row.instrument_id for row in rows]}
    )
    accounts = {row.account_id: row.account for row in rows}.values()
    desks = {account.desk_id: account.desk for account in accounts}
    for holders in (
        [account.pk for account in accounts],
        list(desks),
        list({desk.firm_id for desk in desks.values()}),
    ):
        _LOCK_EXPOSURE.run({"holders": holders})


def read_figures(
    account: Account,
    instrument: Instrument,
    *,
    market_time: datetime,
    wanted_instrument_of: frozenset[Holder] = NOBODY,
) -> dict[Holder, HolderFigures]:
    """Return what `lock_figures` returns, without locks and without making a row: for a preview."""
    return _figures(_row(_READ, account, instrument), account, instrument, market_time, wanted_instrument_of)


def have_position(account: Account, instrument: Instrument) -> None:
    """Make the position's row where it is not there; another session may make it at the same moment."""
    Position.objects.bulk_create(
        [Position(account_id=account.pk, instrument_id=instrument.pk)], ignore_conflicts=True
    )


def _row(statement: Statement, account: Account, instrument: Instrument) -> Any:
    values = {"account": account.pk, "desk": account.desk_id, "firm": account.desk.firm_id}
    return statement.row({**values, "instrument": instrument.pk})


def _figures(
    row: Sequence[Any],
    account: Account,
    instrument: Instrument,
    market_time: datetime,
    wanted_instrument_of: frozenset[Holder],
) -> dict[Holder, HolderFigures]:
    width, values = len(_IN_INSTRUMENT), len(_OF_HOLDER)
    in_instrument = {Holder.ACCOUNT: _in_instrument(row[:width])}
    for holder in wanted_instrument_of - {Holder.ACCOUNT}:
        in_instrument[holder] = _in_instrument(_row(_SUM[holder], account, instrument))
    day = market_time.astimezone(UTC).date()
    return {
        holder: _of_holder(
            row[width + number * values : width + (number + 1) * values], in_instrument.get(holder), day
        )
        for number, holder in enumerate(_ALIASES)
    }


def _in_instrument(values: Sequence[Decimal]) -> InstrumentFigures:
    return InstrumentFigures(**dict(zip(_IN_INSTRUMENT, values, strict=True)))


def _of_holder(values: Sequence[Any], instrument: InstrumentFigures | None, day: date) -> HolderFigures:
    *figures, opening_equity, opening_day = values
    gross, net, buys, sells, cash = figures
    loss = EXACT.subtract(opening_equity, EXACT.add(cash, net)) if opening_day == day else None
    return HolderFigures(
        gross_notional=gross,
        net_notional=net,
        open_buy_notional=buys,
        open_sell_notional=sells,
        cash=cash,
        day_loss=loss,
        instrument=instrument,
    )
