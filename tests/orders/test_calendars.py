"""The calendars as many threads of one process ask for them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import exchange_calendars

from orders.calendars import hours_of_year

THREADS = 8


def test_threads_that_need_the_same_calendar_at_once_have_it_made_once(monkeypatch: Any) -> None:
    made = []
    make = exchange_calendars.get_calendar

    def counted(*args: Any, **kwargs: Any) -> Any:
        made.append(args)
        return make(*args, **kwargs)

    monkeypatch.setattr(exchange_calendars, "get_calendar", counted)
    together = Barrier(THREADS)

    def ask(_number: int) -> int:
        together.wait()
        return len(hours_of_year("XTSE", 2007))

    with ThreadPoolExecutor(THREADS) as threads:
        answers = set(threads.map(ask, range(THREADS)))

    assert len(made) == 1
    assert answers == {252}
