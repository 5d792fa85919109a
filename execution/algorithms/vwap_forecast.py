"""What is traded of an instrument in an order's time, as far as it is known, and as it is expected from there. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from execution.algorithms.terms import Market
from execution.market_data.bars import BAR_LENGTH
from execution.market_data.usual_day import PUBLISHED_DAY, CurveSource, UsualDay
from execution.market_data.volume import VolumeCurve

REVIEW = timedelta(minutes=5)
"""So often the day's own volume is looked at, or less where slots are longer."""
FEWEST_DAYS_OF_LEVEL = 10
"""Of fewer days the average volume is no measure of how busy a day is."""
NEWS_OF_DAY = Decimal("0.1")
"""When this share of the usual day has passed, the day's own pace and the usual volume count alike."""
MOST_CORRECTION = Decimal(4)
"""A day is taken for no more than four times as busy, or a quarter as busy, as usual."""


def day_of(market: Market) -> UsualDay:
    """Return how the day is expected to go; where nobody asked, as the published one."""
    return market.usual_day or PUBLISHED_DAY


def has_level(market: Market) -> bool:
    """Whether it is known well enough how much is usually traded in a day: then the day's own volume says something."""
    day = day_of(market)
    is_known = day.source is CurveSource.OWN and day.curve.days >= FEWEST_DAYS_OF_LEVEL
    return is_known and market.average_daily_volume is not None


@dataclass(frozen=True, slots=True)
class Pace:
    """How a day has gone: `passed` is the share of a usual one by now, `ratio` what was traded to what was expected."""

    passed: Decimal
    ratio: Decimal


@dataclass(frozen=True, slots=True)
class DayVolume:
    """The volume from `start` on as it stands at `market_time`, relative to an arbitrary unit.

    What has been traded counts as it was; what is still to come is the usual day's, corrected by how much busier than
    usual the day has been. Where the usual day's volume is not known, or nothing has been traded yet, it is the curve
    alone.
    """

    market: Market
    curve: VolumeCurve
    start: datetime
    market_time: datetime

    @property
    def known_until(self) -> datetime:
        """The end of the newest bar that is over."""
        session = self.market.session
        moment = min(max(self.market_time, session.open), session.close)
        return moment - (moment - session.open) % BAR_LENGTH

    @property
    def pace(self) -> Pace | None:
        """How the day has gone; None where nothing can be said of it. A ratio of 1 where nothing was expected yet."""
        usual, known, opened = self.market.average_daily_volume, self.known_until, self.market.session.open
        realised = self.market.traded.between(opened, known)
        if usual is None or usual == 0 or realised == 0:
            return None
        passed = self.curve.share_between(self.market.session, opened, known)
        return Pace(passed, realised / (usual * passed) if passed else Decimal(1))

    @property
    def expected_day(self) -> Decimal | None:
        """What a day as busy as this one trades, in units; None where the curve alone speaks.

        The ratio's power rises from 0 to 0.9 over the day: the less has passed of it, the less its pace says.
        """
        pace, usual = self.pace, self.market.average_daily_volume
        if pace is None or usual is None or not has_level(self.market):
            return None
        correction = pace.ratio ** (pace.passed / (pace.passed + NEWS_OF_DAY))
        return usual * min(max(correction, 1 / MOST_CORRECTION), MOST_CORRECTION)

    def until(self, moments: list[datetime]) -> list[Decimal]:
        """Return the volume from the start to each of the moments, without the closing auction."""
        day, traded = self.expected_day, self.market.traded
        known = self.start if day is None else max(self.known_until, self.start)
        shares = self._shares(known, moments)
        if day is None:
            return shares
        return [
            traded.between(self.start, min(moment, known)) + day * share
            for moment, share in zip(moments, shares, strict=True)
        ]

    def _shares(self, since: datetime, moments: list[datetime]) -> list[Decimal]:
        """Return the share of a usual day from a moment to each of the others, none where that is the earlier."""
        session, before = self.market.session, self.curve.share_until(self.market.session, since)
        return [max(self.curve.share_until(session, moment) - before, Decimal(0)) for moment in moments]

    @property
    def auction(self) -> Decimal:
        """The volume that is expected of the closing auction."""
        day = self.expected_day
        return self.curve.closing_auction * (1 if day is None else day)
