"""The lines of a file that may be gzip'd: its first bytes tell."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from execution.market_data.csv_form import LINE_LIMIT_BYTES
from execution.market_data.errors import MarketDataFileError

_GZIP = b"\x1f\x8b"


def is_gzip(path: Path) -> bool:
    """Tell whether the file is gzip'd. Raises OSError."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def lines_of_any(path: Path) -> Iterator[bytes]:
    """The lines, none read much further than it may be long. Raises OSError, MarketDataFileError for spoilt gzip."""
    opened = gzip.open(path, "rb") if is_gzip(path) else path.open("rb")  # noqa: SIM115 - closed by `with`
    number = 0
    with opened as file:
        try:
            while line := file.readline(LINE_LIMIT_BYTES + 1):
                number += 1
                yield line
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            problem = f"the compressed file is spoilt: {error}"
            raise MarketDataFileError(number + 1, "symbol", problem) from error
