"""A thread with a connection of its own, for what is read while the caller is at work with what was read before."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from django.db import connection

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Reader:
    """Calls one function after the other; it sees what is committed, not what the caller's transaction has done."""

    def __enter__(self) -> Self:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        return self

    def ask(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> "Future[_T]":
        """Let the thread call it after all that it was asked before; what it raises comes out of `result()`."""
        return self._thread.submit(function, *args, **kwargs)

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._thread.submit(_close).result()
        self._thread.shutdown()


def _close() -> None:
    """Give back the connection of the thread that calls this: another's is found where it is named elsewhere."""
    connection.close()
