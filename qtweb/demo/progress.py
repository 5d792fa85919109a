"""Progress while the market runs: one line that changes at a terminal, a line now and then elsewhere."""

import sys
import time

_PLAIN_LINE_EVERY_S = 3.0


class Progress:
    """Shows lines while a block runs."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._shown_at = float("-inf")

    def show(self, line: str) -> None:
        """Show where things stand."""
        if self._is_terminal:
            print(f"\r\x1b[K  {line}", end="", flush=True)
        elif time.monotonic() - self._shown_at >= _PLAIN_LINE_EVERY_S:
            self._shown_at = time.monotonic()
            print(f"  {line}", flush=True)

    def say(self, line: str) -> None:
        """Print a line that stays."""
        print(f"{chr(13)}\x1b[K  {line}" if self._is_terminal else f"  {line}", flush=True)

    def end(self) -> None:
        """Leave the last line standing."""
        if self._is_terminal:
            print(flush=True)
