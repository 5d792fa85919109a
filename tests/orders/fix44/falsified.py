"""Every way to falsify one cell of a scenario: what the command must never pass."""

import re
from collections.abc import Iterator

EXEC_TYPES = "03456789ADEFGHIL"
ORDER_STATUSES = "012346789ACE"
REASONS = ("0", "1", "2", "3", "6", "99")
IDS = "WXYZ"
LABELS = "ABCDEFGHIJKL"
_REPORT = re.compile(r"(~?)([0-9A-Z])([0-9A-Z])(?::([^@]*))?(?:@(.*))?")
_NAMES = re.compile(r"(\w+),(\w+)")
_LABEL = re.compile(r"(\w+)(?:\((\w+)\))?(?:,avg(.+))?")


def falsified(steps: str) -> Iterator[tuple[str, str]]:
    """Return, for each way to falsify one cell of a scenario's steps, what was done and the steps with it."""
    tokens = steps.split()
    for number, token in enumerate(tokens):
        for told, other in _request(token) if ">" in token else _report(token):
            changed = [*tokens[:number], other, *tokens[number + 1 :]]
            yield f"row {number + 1}: {told} of {token} to {other}", " ".join(changed)


def _request(token: str) -> Iterator[tuple[str, str]]:
    head, _, rest = token.partition(":")
    ids, _, quantity = rest.partition(":")
    own, _, orig = ids.partition(",")
    tail = f":{quantity}" if quantity else ""
    for other in IDS.replace(own, ""):
        yield "id", f"{head}:{other}{',' + orig if orig else ''}{tail}"
    if orig:
        for other in IDS.replace(orig, ""):
            yield "orig id", f"{head}:{own},{other}{tail}"
    if quantity:
        for other in _other_numbers(quantity.removeprefix("cash")):
            cash = "cash" if quantity.startswith("cash") else ""
            yield "quantity", f"{head}:{ids}:{cash}{other}"


def _report(token: str) -> Iterator[tuple[str, str]]:
    found = _REPORT.fullmatch(token)
    assert found is not None, token
    crossing, exec_type, status, cells, names = found.groups()
    below = "" if cells is None else f":{cells}"
    at = "" if names is None else f"@{names}"
    for other in EXEC_TYPES.replace(exec_type, ""):
        yield "ExecType", f"{crossing}{other}{status}{below}{at}"
    for other in ORDER_STATUSES.replace(status, ""):
        yield "OrdStatus", f"{crossing}{exec_type}{other}{below}{at}"
    head = f"{crossing}{exec_type}{status}"
    if exec_type == "9":
        for other in REASONS if cells else ():
            if other != cells:
                yield "CxlRejReason", f"{head}:{other}{at}"
    else:
        yield from _quantities(head, cells.split("/"), at)
    if names is not None:
        for told, other in _names(names):
            yield told, f"{head}{below}@{other}"


def _quantities(head: str, cells: list[str], at: str) -> Iterator[tuple[str, str]]:
    columns = ("OrderQty", "CumQty", "LeavesQty", "LastQty")
    for number, cell in enumerate(cells):
        for other in _other_numbers(cell):
            changed = [*cells[:number], other, *cells[number + 1 :]]
            yield columns[number], f"{head}:{'/'.join(changed)}{at}"


def _other_numbers(text: str) -> list[str]:
    whole = float(text)
    others = [whole + 1, whole - 1, whole + 0.5, whole * 2]
    return [f"{other:g}" for other in others if other >= 0 and other != whole]


def _names(names: str) -> Iterator[tuple[str, str]]:
    pair = _NAMES.fullmatch(names)
    if pair is not None:
        own, orig = pair.groups()
        for other in IDS.replace(own, ""):
            yield "ClOrdID", f"{other},{orig}"
        for other in IDS.replace(orig, ""):
            yield "OrigClOrdID", f"{own},{other}"
        return
    found = _LABEL.fullmatch(names)
    assert found is not None, names
    label, ref, average = found.groups()
    below, tail = f"({ref})" if ref else "", f",avg{average}" if average else ""
    for other in LABELS.replace(label, ""):
        yield "ExecID", f"{other}{below}{tail}"
    if ref:
        for other in LABELS.replace(ref, ""):
            yield "ExecRefID", f"{label}({other}){tail}"
    if average:
        for other in _other_numbers(average):
            yield "AvgPx", f"{label}{below},avg{other}"
