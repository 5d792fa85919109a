"""Samples of limits for tests: taken through the service, or put there as if they had been taken long ago."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orders import services
from orders.kernel.clock import recorded_now
from orders.kernel.ids import first_at, new_id
from orders.models import Limit, LimitSample
from orders.risk.utilisation import BEYOND, utilisation_percent
from tests.world import NOON

INTERVAL_S = 10


def sample(*, minutes: float = 0, seconds: float = 0) -> int:
    """Take samples so many minutes of market time after noon and so many seconds of real time from now."""
    return services.sample_limits(
        market_time=NOON + timedelta(minutes=minutes),
        recorded_at=recorded_now() + timedelta(seconds=seconds),
        interval_s=INTERVAL_S,
    )


def samples_of(limit: Limit) -> list[LimitSample]:
    """All samples of a limit, the oldest first."""
    return list(LimitSample.objects.filter(limit=limit).order_by("sequence"))


def used_of(limit: Limit) -> list[Decimal | None]:
    """What all samples of a limit say."""
    return [each.used for each in samples_of(limit)]


def put(
    limit: Limit,
    market_time: datetime,
    used: Decimal | int | None,
    *,
    peak: Decimal | int | None = None,
    recorded_at: datetime | None = None,
    **terms: Decimal | int,
) -> LimitSample:
    """Put a sample there that was taken at this market time, as the next one of the limit."""
    last = LimitSample.objects.filter(limit=limit).order_by("-sequence").first()
    value = Decimal(terms.get("value", limit.value))
    worst = used if peak is None else peak
    percent = None if worst is None else utilisation_percent(limit.kind, Decimal(worst), value)
    at = recorded_at or market_time
    return LimitSample.objects.create(
        id=new_id() if recorded_at is None else _id_made_at(recorded_at),
        limit=limit,
        sequence=last.sequence + 1 if last else 1,
        version=terms.get("version", limit.version),
        value=value,
        warn_at_percent=limit.warn_at_percent,
        used=used,
        peak_used=worst,
        peak_percent=None if percent == BEYOND else percent,
        market_day=market_time.astimezone(UTC).date(),
        market_time=market_time,
        recorded_at=at,
    )


def _id_made_at(moment: datetime):
    first = first_at(moment).int
    return type(new_id())(int=first | (new_id().int & (2**80 - 1)))
