"""The names of a scenario's reports: ExecIDs count through the alphabet from the first that the file gives. Pure."""

from string import ascii_uppercase
from uuid import UUID

from qtweb.order_states.notation import Report, Scenario


class ExecIds:
    """Which report has which name. A scenario that names none counts from A."""

    def __init__(self, scenario: Scenario) -> None:
        self._next = _first(scenario)
        self._names: dict[UUID, str] = {}

    def name(self, exec_id: UUID) -> str:
        """Return the name of the report with this id, the next one for a new report."""
        if exec_id not in self._names:
            self._names[exec_id] = _spelled(self._next)
            self._next += 1
        return self._names[exec_id]

    def known(self, exec_id: UUID | None) -> str:
        """Return the name that a report has already; none for an id that no report had."""
        return self._names.get(exec_id, "") if exec_id else ""


def _first(scenario: Scenario) -> int:
    """Return where the names begin: at the first that is given, less the reports before it."""
    reports = [step.message for step in scenario.in_order_of_arrival() if isinstance(step.message, Report)]
    for before, report in enumerate(reports):
        if report.exec_id is not None and report.exec_id.text in ascii_uppercase and report.exec_id.text:
            return max(ascii_uppercase.index(report.exec_id.text) - before, 0)
    return 0


def _spelled(number: int) -> str:
    rounds, letter = divmod(number, len(ascii_uppercase))
    return ascii_uppercase[letter] * (rounds + 1)
