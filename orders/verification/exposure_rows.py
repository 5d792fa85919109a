"""The exposure of accounts, desks and firms against the positions and the cash that was brought in, as they are now."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from orders.in_force import CHUNK_ROWS
from orders.models import Account, CashMovement, Desk, Exposure, Firm, Position
from orders.positions.trade import EXACT
from orders.verification.differences import Difference, compared

_COLUMNS = ("gross_notional", "net_notional", "open_buy_notional", "open_sell_notional", "cash")
_Sums = dict[str, Decimal]


def exposures_now() -> Iterator[list[Difference]]:
    """Yield the differences of each holder's row; memory is bounded by the number of accounts."""
    expected = _expected()
    for row in Exposure.objects.order_by("id").iterator(CHUNK_ROWS):
        kind = next(name for name in ("firm", "desk", "account") if getattr(row, f"{name}_id"))
        yield list(compared(f"exposure of {kind} {row.pk}", expected.pop(row.pk), vars(row)))
    for holder_id in sorted(expected):
        yield [Difference(f"exposure of {holder_id}", "exposure", "a row", None)]


def _expected() -> dict[UUID, _Sums]:
    firms = dict(Desk.objects.order_by().values_list("pk", "firm_id"))
    holders: dict[UUID, tuple[UUID, ...]] = {
        account: (account, desk, firms[desk])
        for account, desk in Account.objects.order_by().values_list("pk", "desk_id")
    }
    # A holder without a position has a row as well.
    everyone = (*holders, *firms, *Firm.objects.order_by().values_list("pk", flat=True))
    sums = {holder_id: dict.fromkeys(_COLUMNS, Decimal(0)) for holder_id in everyone}
    for account, *amounts in (*_of_positions(), *_of_cash()):
        for holder_id in holders[account]:
            for column, amount in zip(_COLUMNS, amounts, strict=True):
                sums[holder_id][column] = EXACT.add(sums[holder_id][column], amount)
    return sums


def _of_positions() -> Iterable[tuple[UUID, Decimal, Decimal, Decimal, Decimal, Decimal]]:
    return Position.objects.order_by().values_list(
        "account_id",
        Sum("worst_notional"),
        Sum("net_notional"),
        Sum("open_buy_notional"),
        Sum("open_sell_notional"),
        Sum("traded_cash"),
    )


def _of_cash() -> Iterator[tuple[UUID, Decimal, Decimal, Decimal, Decimal, Decimal]]:
    nothing = Decimal(0)
    for account, cash in CashMovement.objects.order_by().values_list("account_id", Sum("amount")):
        yield account, nothing, nothing, nothing, nothing, cash
