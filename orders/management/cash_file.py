"""Movements of cash from a CSV file: account,amount,reference. The command validates each line, as at every door."""

import csv
from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from orders.commands import RecordCash
from orders.errors import CashFileError

COLUMNS = ("account", "amount", "reference")
MOST_ERRORS = 20
MOST_LINES = 100_000


def parse_cash(lines: Iterable[str]) -> list[RecordCash]:
    """Return a file's movements. Raises CashFileError, which names the wrong lines, up to MOST_ERRORS of them."""
    commands: list[RecordCash] = []
    errors: list[str] = []
    for number, row in _rows(lines):
        try:
            commands.append(RecordCash.model_validate(row))
        except ValidationError as error:
            what = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
            errors.append(f"line {number}: {what}")
        if len(errors) == MOST_ERRORS:
            break
    if errors:
        raise CashFileError(errors)
    if not commands:
        raise CashFileError(["line 1: there is no movement in the file; add a line for each"])
    return commands


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(lines, strict=True)
    try:
        if tuple(next(reader, [])) != COLUMNS:
            raise CashFileError([f"line 1: the header must be exactly {','.join(COLUMNS)}"])
        for row in reader:
            if reader.line_num > MOST_LINES:
                raise CashFileError([f"line {reader.line_num}: a file has at most {MOST_LINES} lines"])
            if row:
                yield reader.line_num, dict(zip(COLUMNS, row, strict=False)) | _surplus(row)
    except (csv.Error, UnicodeDecodeError) as error:
        raise CashFileError([f"line {reader.line_num + 1}: it cannot be read ({error})"]) from error


def _surplus(row: list[str]) -> dict[str, str]:
    """Return what no column stands for: the command refuses it by name."""
    return {f"field {number}": text for number, text in enumerate(row[len(COLUMNS) :], len(COLUMNS) + 1)}
