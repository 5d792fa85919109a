"""The given cells against the computed ones. Pure."""

from dataclasses import dataclass, fields
from decimal import Decimal

from qtweb.order_states.notation import CANCEL_REJECT, Cell, Report, Scenario, Step
from qtweb.order_states.rows import Row

_OF_CANCEL_REJECTS = ("exec_type", "order_status", "reject_reason", "client_order_id", "orig_client_order_id")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a scenario came out: the rows that were computed, by step, and what is wrong, if anything."""

    scenario: Scenario
    rows: dict[int, Row]
    failure: str = ""

    @property
    def line(self) -> str:
        """The line that tells it."""
        return f"{self.scenario.reference} {self.failure or 'ok'}"

    def emitted(self) -> str:
        """Return the scenario with what was computed in place of its reports, as far as that went."""
        steps = [_emitted(step, self.rows) for step in self.scenario.steps]
        whole = " ".join(step for step in steps if step)
        return f"{self.scenario.reference}|{self.scenario.title}|{self.scenario.number}|{whole}"


def _emitted(step: Step, rows: dict[int, Row]) -> str:
    if not isinstance(step.message, Report):
        return step.text
    row = rows.get(step.number)
    return "" if row is None else ("~" if step.crosses else "") + row.written(step.message)


def difference(given: Report, computed: Row) -> str:
    """Return the first given cell that the computed row does not have; nothing where all of them agree."""
    is_reject = CANCEL_REJECT in (given.exec_type.text, computed.exec_type)
    for column in fields(Report):
        cell: Cell | None = getattr(given, column.name)
        if cell is None or not cell.is_compared or (is_reject and column.name not in _OF_CANCEL_REJECTS):
            continue
        if not _same(cell, computed, column.name):
            word = column.name.replace("_", " ")
            return f"{word} {cell.text} expected, got {computed.cell(column.name) or 'none'}"
    return ""


def _same(cell: Cell, computed: Row, column: str) -> bool:
    value = getattr(computed, column)
    if isinstance(value, Decimal):
        return cell.number == value
    return cell.text == computed.cell(column)
