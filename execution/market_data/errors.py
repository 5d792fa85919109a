"""Errors of market data.

orders.kernel.errors.InvalidInput
└── BarsFileError         INPUT_BARS_FILE
"""

from orders.kernel.errors import InvalidInput


class BarsFileError(InvalidInput):
    """A file of bars cannot be used. `line` counts from 1, `column` is a column's name."""

    code = "INPUT_BARS_FILE"
    advice = "Correct the named line and column and read the whole file again: nothing of it was kept."

    def __init__(self, line: int, column: str, problem: str) -> None:
        super().__init__(f"line {line}, column {column}: {problem}", line=line, column=column)
        self.line = line
        self.column = column
