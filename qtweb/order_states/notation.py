"""The notation of a scenario: `id|title|number|steps`, quantities in thousands. Pure.

A step is a request (`>D:X:10` new, `>F:Y,X` cancel, `>G:Y,X:11` replace, `>H:X` status), an execution report
(`F1:10/2/8/2@C(B),avg100`: ExecType and OrdStatus, OrderQty/CumQty/LeavesQty/LastQty, after the @ the ClOrdID pair or
ExecID and ExecRefID, and AvgPx) or a cancel reject (`9E:3@Z,X`: OrdStatus and CxlRejReason). `~` before a step crosses
the one before it on the wire. An empty cell and `?` match anything, and so does a value with a `?` after it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal


class Malformed(ValueError):
    """A line or a step is not in the notation."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `text` is empty where nothing is given; what is doubtful is read and not compared."""

    text: str = ""
    is_doubtful: bool = False

    @classmethod
    def read(cls, text: str) -> "Cell":
        """Return the cell that `text` spells."""
        return cls(text.rstrip("?"), text.endswith("?"))

    @property
    def is_compared(self) -> bool:
        """Whether something is claimed here."""
        return bool(self.text) and not self.is_doubtful

    @property
    def number(self) -> Decimal | None:
        """The number, None where none is given."""
        return Decimal(self.text) if self.text else None


BLANK = Cell()


@dataclass(frozen=True, slots=True)
class Request:
    """A message to the sell side. `quantity` is in thousands, or of currency where `is_cash`."""

    kind: str
    client_order_id: str
    orig_client_order_id: str = ""
    quantity: Decimal | None = None
    is_cash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An execution report, or with `exec_type` 9 a cancel reject. None for a cell that the row does not have."""

    exec_type: Cell
    order_status: Cell
    order_quantity: Cell | None = None
    cum_quantity: Cell | None = None
    leaves_quantity: Cell | None = None
    last_quantity: Cell | None = None
    client_order_id: Cell | None = None
    orig_client_order_id: Cell | None = None
    exec_id: Cell | None = None
    exec_ref_id: Cell | None = None
    avg_price: Cell | None = None
    reject_reason: Cell | None = None


CANCEL_REJECT = "9"


@dataclass(frozen=True, slots=True)
class Step:
    """One step, the `number`th of its scenario, as it is written and as it is read."""

    number: int
    text: str
    crosses: bool
    message: Request | Report


@dataclass(frozen=True, slots=True)
class Scenario:
    """A worked example. `malformed` says what is wrong with its line, which then has no steps."""

    reference: str
    title: str
    number: str
    steps: tuple[Step, ...]
    malformed: str = ""

    def in_order_of_arrival(self) -> list[Step]:
        """Return the steps as they reach the sell side and are sent there: what crosses comes first."""
        arrived: list[Step] = []
        crossing = 0
        for step in self.steps:
            crossing = crossing + 1 if step.crosses else 0
            at = len(arrived) - crossing if crossing else len(arrived)
            arrived.insert(max(at, 0), step)
        return arrived


_ID = r"[A-Za-z0-9][A-Za-z0-9._/-]*"
_NUMBER = r"\d{1,9}(?:\.\d{1,5})?"
_REQUESTS = {
    "D": re.compile(rf"({_ID})():(cash)?({_NUMBER})(?::(?i:poss(?:resend)?(?:=[yn])?))?"),
    "F": re.compile(rf"({_ID}),({_ID})()()"),
    "G": re.compile(rf"({_ID}),({_ID}):()({_NUMBER})"),
    "H": re.compile(rf"({_ID})()()()"),
}
_HEAD = re.compile(r"([0-9A-Z?])([0-9A-Z]?\??)")
_QUANTITY = re.compile(rf"(?:{_NUMBER})?\??")
_LABEL = re.compile(r"([A-Za-z0-9]*\??)(?:\(([A-Za-z0-9]*\??)\))?")
_LINK = re.compile(rf"(?:{_ID})?\??")


def scenarios(text: str) -> Iterator[Scenario]:
    """Return the scenarios of a file's text; a line that is none comes back malformed, with its number in the file."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield _scenario(number, line.strip())


def _scenario(line_number: int, line: str) -> Scenario:
    fields = line.split("|", 3)
    reference = fields[0] or f"line {line_number}"
    if len(fields) != 4:
        return Scenario(reference, "", "", (), f"line {line_number}: expected id|title|number|steps")
    steps: list[Step] = []
    for number, text in enumerate(fields[3].split(), start=1):
        try:
            steps.append(Step(number, text, text.startswith("~"), _message(text.removeprefix("~"))))
        except Malformed as error:
            return Scenario(reference, fields[1], fields[2], (), f"line {line_number}: row {number}: {error}")
    if not steps:
        return Scenario(reference, fields[1], fields[2], (), f"line {line_number}: it has no steps")
    return Scenario(reference, fields[1], fields[2], tuple(steps))


def _message(text: str) -> Request | Report:
    return _request(text[1:]) if text.startswith(">") else _report(text)


def _request(text: str) -> Request:
    kind, _, rest = text.partition(":")
    found = _REQUESTS[kind].fullmatch(rest) if kind in _REQUESTS else None
    if found is None:
        raise Malformed(f">{text} is no request")
    client_order_id, orig, cash, quantity = found.groups()
    return Request(
        kind, client_order_id, orig or "", Decimal(quantity) if quantity else None, is_cash=bool(cash)
    )


def _report(text: str) -> Report:
    body, at, names = text.partition("@")
    head, _, cells = body.partition(":")
    found = _HEAD.fullmatch(head)
    if found is None:
        raise Malformed(f"{text} begins with no ExecType and OrdStatus")
    names, average = _average(names) if at else ("", None)
    if not at and ",avg" in cells:
        cells, average = _average(cells)
    exec_type, status = Cell.read(found[1]), Cell.read(found[2])
    named = _names(names) if at else {}
    if exec_type.text == CANCEL_REJECT:
        _require(_QUANTITY, cells)
        reason = Cell.read(cells) if ":" in body else None
        return Report(exec_type=exec_type, order_status=status, reject_reason=reason, **named)
    return Report(exec_type=exec_type, order_status=status, avg_price=average, **_quantities(cells), **named)


def _average(text: str) -> tuple[str, Cell | None]:
    names, comma, average = text.partition(",avg")
    if not comma and text.startswith("avg"):
        names, comma, average = "", ",", text.removeprefix("avg")
    if not comma:
        return text, None
    _require(_QUANTITY, average)
    return names, Cell.read(average)


def _quantities(cells: str) -> dict[str, Cell]:
    columns = ("order_quantity", "cum_quantity", "leaves_quantity", "last_quantity")
    given = cells.split("/") if cells else []
    if len(given) > len(columns):
        raise Malformed(f"{cells} has more than four quantities")
    for cell in given:
        _require(_QUANTITY, cell)
    return {column: Cell.read(cell) for column, cell in zip(columns, given, strict=False)}


def _names(text: str) -> dict[str, Cell]:
    if "," in text:
        own, _, orig = text.partition(",")
        _require(_LINK, own)
        _require(_LINK, orig)
        return {"client_order_id": Cell.read(own), "orig_client_order_id": Cell.read(orig)}
    found = _LABEL.fullmatch(text)
    if found is None:
        raise Malformed(f"@{text} is neither a pair of ids nor an ExecID")
    named = {"exec_id": Cell.read(found[1])}
    return named if found[2] is None else {**named, "exec_ref_id": Cell.read(found[2])}


def _require(pattern: "re.Pattern[str]", text: str) -> None:
    if pattern.fullmatch(text) is None:
        raise Malformed(f"{text!r} is no cell")
