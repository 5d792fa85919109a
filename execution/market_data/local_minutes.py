"""Minutes of New York's clock as moments in UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from execution.session import NEW_YORK

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d):00", re.ASCII)
_MINUTES = [timedelta(minutes=minute) for minute in range(60)]


class LocalTimeError(ValueError):
    """Text that names no minute; `column` is `date` or `time`, the message says what to write."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column = column


def local_minute(date_text: str, time_text: str) -> datetime:
    """The moment, aware UTC, of a date YYYY-MM-DD and a time HH:MM:00 in New York.

    Raises LocalTimeError for anything else, and for a time that New York's clocks skip or show twice.
    """
    match = _TIME.fullmatch(time_text)
    if match is None:
        raise LocalTimeError("time", f"{time_text[:40]!r} is no full minute; write one such as 09:30:00")
    return _hour(date_text, int(match[1])) + _MINUTES[int(match[2])]


@lru_cache(maxsize=10_000)
def _hour(date_text: str, hour: int) -> datetime:
    # New York's clocks change on full hours, so what holds at an hour's start holds for its minutes.
    try:
        if not _DATE.fullmatch(date_text):
            raise ValueError("not of the form YYYY-MM-DD")
        day = date.fromisoformat(date_text)
        moment = datetime.combine(day, time(hour), NEW_YORK).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise LocalTimeError("date", f"{date_text[:40]!r} is no date; write YYYY-MM-DD ({error})") from error
    if moment.astimezone(NEW_YORK).hour != hour:
        raise LocalTimeError("time", "New York's clocks skip this time on that date; write New York time")
    later = datetime.combine(day, time(hour, fold=1), NEW_YORK).astimezone(UTC)
    if later != moment:
        raise LocalTimeError("time", "New York's clocks show this time twice on that date; take the row out")
    return moment
