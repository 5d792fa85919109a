"""Errors of market data.

orders.kernel.errors.InvalidInput
└── MarketDataFileError     INPUT_MARKET_DATA_FILE
"""

from orders.kernel.errors import InvalidInput


class MarketDataFileError(InvalidInput):
    """A file of market data cannot be used. `line` counts from 1, `column` is a column's name.

    `unit` is what is counted: rows where a file has no lines.
    """

    code = "INPUT_MARKET_DATA_FILE"
    advice = "Correct the named line and column and read the whole file again: nothing of it was kept."

    def __init__(self, line: int, column: str, problem: str, *, unit: str = "line") -> None:
        super().__init__(f"{unit} {line}, column {column}: {problem}", line=line, column=column)
        self.line = line
        self.column = column
