"""What the rows of a scenario deal in: quantities, which execution is meant, and the prices that the averages demand.

A row gives an average price and no price of its own. Every average that is given is an equation, the sum of quantity
times price over the executions in force = AvgPx * CumQty; together they are solved, and a price that none of them
determines is any. Pure.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from qtweb.order_states.notation import Report, Request, Scenario, Step

ANY_PRICE = Fraction(100)
"""The price of an execution that no average depends on, in currency per unit."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A trade or correction of `quantity` thousands at `price`, or a bust; `refers_to` is the step of what it corrects.

    `problem` says why the row does not tell what happened.
    """

    quantity: Decimal
    price: Fraction
    refers_to: int | None = None
    problem: str = ""


@dataclass
class _Ledger:
    """The executions of one order in force, by the step that reported them.

    `in_force` holds what each counts before any split, `weights` the quantity that its price was paid for.
    """

    in_force: dict[int, Decimal] = field(default_factory=dict)
    weights: dict[int, Decimal] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    scale: Decimal = Decimal(1)
    order_quantity: Decimal | None = None
    is_done_for_day: bool = False

    @property
    def cum(self) -> Decimal:
        return sum(self.in_force.values(), Decimal(0)) * self.scale


def deals_of(scenario: Scenario) -> dict[int, Deal]:
    """Return what the reports F, G and H of a scenario deal in, by the number of their step."""
    ledger = _Ledger()
    ledgers: dict[str, _Ledger] = {}
    deals: dict[int, Deal] = {}
    equations: list[tuple[dict[int, Fraction], Fraction]] = []
    for step in scenario.in_order_of_arrival():
        message = step.message
        if isinstance(message, Request):
            if message.kind == "D":
                ledger = ledgers.setdefault(message.client_order_id, _Ledger())
            continue
        if exec_type_of(message) in ("F", "G", "H"):
            deals[step.number] = _deal(ledger, step, message)
        _note(ledger, step, message)
        average = message.avg_price.number if message.avg_price else None
        if average is not None:
            shares = {number: Fraction(ledger.weights[number]) for number in ledger.in_force}
            equations.append((shares, Fraction(average) * Fraction(ledger.cum)))
    prices = _solved(equations)
    return {
        number: Deal(deal.quantity, prices.get(number, ANY_PRICE), deal.refers_to, deal.problem)
        for number, deal in deals.items()
    }


def exec_type_of(report: Report) -> str:
    """Return the row's ExecType; where it is blank, the one that the rest of the row tells, or nothing."""
    if report.exec_type.text:
        return report.exec_type.text
    if report.exec_ref_id is not None:
        return "H" if report.last_quantity is not None and report.last_quantity.number == 0 else "G"
    if report.last_quantity is not None and report.last_quantity.number:
        return "F"
    status = report.order_status.text
    return (
        status if status in ("0", "3", "4", "6", "7", "8", "A", "E") else {"1": "5", "2": "5"}.get(status, "")
    )


def _deal(ledger: _Ledger, step: Step, report: Report) -> Deal:
    kind = exec_type_of(report)
    cum = _cum(report)
    last = report.last_quantity.number if report.last_quantity else None
    refers_to = None
    if kind != "F":
        if kind == "H":
            last = Decimal(0)
        refers_to = _referred(ledger, report, last, cum)
        if refers_to is None:
            return Deal(Decimal(0), ANY_PRICE, None, "it names no execution that is in force")
    if refers_to is not None:
        del ledger.in_force[refers_to]
    if last is None and cum is not None:
        last = cum - ledger.cum
    if last is None:
        return Deal(Decimal(0), ANY_PRICE, refers_to, "neither LastQty nor what follows from it is given")
    if last:
        ledger.in_force[step.number], ledger.weights[step.number] = last / ledger.scale, last
    return Deal(last, ANY_PRICE, refers_to)


def _cum(report: Report) -> Decimal | None:
    if report.cum_quantity and report.cum_quantity.text:
        return report.cum_quantity.number
    if report.order_quantity and report.leaves_quantity and report.leaves_quantity.text:
        ordered, leaves = report.order_quantity.number, report.leaves_quantity.number
        return None if ordered is None or leaves is None else ordered - leaves
    return None


def _referred(ledger: _Ledger, report: Report, last: Decimal | None, cum: Decimal | None) -> int | None:
    label = report.exec_ref_id.text if report.exec_ref_id else ""
    if label:
        number = ledger.labels.get(label)
        return number if number in ledger.in_force else None
    fitting = [
        number
        for number, quantity in ledger.in_force.items()
        if last is not None and cum is not None and ledger.cum - quantity * ledger.scale + last == cum
    ]
    return fitting[0] if len(fitting) == 1 else None


def _note(ledger: _Ledger, step: Step, report: Report) -> None:
    if report.exec_id and report.exec_id.text:
        ledger.labels.setdefault(report.exec_id.text, step.number)
    kind = exec_type_of(report)
    ordered = report.order_quantity.number if report.order_quantity else None
    if kind == "D" and ledger.is_done_for_day and ordered and ledger.order_quantity:
        ledger.scale *= ordered / ledger.order_quantity
    ledger.is_done_for_day = kind == "3"
    ledger.order_quantity = ordered or ledger.order_quantity


def _solved(equations: list[tuple[dict[int, Fraction], Fraction]]) -> dict[int, Fraction]:
    """Return the prices that the equations determine, those that they leave open at ANY_PRICE.

    Gauss-Jordan elimination. An equation that contradicts the ones before it is left out: its row fails when its
    average is compared.
    """
    pivots: dict[int, tuple[dict[int, Fraction], Fraction]] = {}
    for shares, total in equations:
        row, value = _reduced(dict(shares), total, pivots)
        if not row:
            continue
        pivot = max(row)
        by = row[pivot]
        row, value = {n: share / by for n, share in row.items()}, value / by
        for other, (terms, sum_) in list(pivots.items()):
            if pivot in terms:
                factor = terms[pivot]
                merged = {
                    n: terms.get(n, Fraction(0)) - factor * row.get(n, Fraction(0)) for n in {*terms, *row}
                }
                pivots[other] = ({n: share for n, share in merged.items() if share}, sum_ - factor * value)
        pivots[pivot] = (row, value)
    free = {n for terms, _ in pivots.values() for n in terms} - set(pivots)
    return {
        pivot: value - sum(share * ANY_PRICE for n, share in terms.items() if n in free)
        for pivot, (terms, value) in pivots.items()
    }


def _reduced(
    row: dict[int, Fraction], value: Fraction, pivots: dict[int, tuple[dict[int, Fraction], Fraction]]
) -> tuple[dict[int, Fraction], Fraction]:
    for pivot, (terms, total) in pivots.items():
        factor = row.get(pivot, Fraction(0))
        if factor:
            row = {n: row.get(n, Fraction(0)) - factor * terms.get(n, Fraction(0)) for n in {*row, *terms}}
            value -= factor * total
    return {n: share for n, share in row.items() if share}, value
