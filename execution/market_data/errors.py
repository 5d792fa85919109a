"""Errors of market data.

orders.kernel.errors.InvalidInput
└── MarketDataFileError     INPUT_MARKET_DATA_FILE
"""

from orders.kernel.errors import InvalidInput


class MarketDataFileError(InvalidInput):
    """A file of bars or quotes cannot be used. `line` counts from 1, `column` is a column's name."""

    code = "INPUT_MARKET_DATA_FILE"
    advice = "Correct the named line and column and read the whole file again: nothing of it was kept."

    def __init__(self, line: int, column: str, problem: str) -> None:
        super().__init__(f"line {line}, column {column}: {problem}", line=line, column=column)
        self.line = line
        self.column = column
