"""What is traded of an instrument in an order's time, as far as it is known, and as it is expected from there. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from execution.algorithms.terms import Market
from execution.market_data.bars import BAR_LENGTH
from execution.market_data.volume import VolumeCurve
from execution.market_data.volume_curve import FEWEST_DAYS, USUAL_SHARES

REVIEW = timedelta(minutes=5)
MOST_CORRECTION = Decimal(2)
"""A day is taken for no more than twice as busy, or half as busy, as usual."""


def curve_of(market: Market) -> VolumeCurve:
    """Return the instrument's own curve, or the usual U where it is made of fewer than three days."""
    if market.curve is None or market.curve.days < FEWEST_DAYS:
        return USUAL_SHARES
    return market.curve


def next_review(market: Market, moment: datetime) -> datetime:
    """Return the first five-minute mark of the session after a moment."""
    opened = market.session.open
    return opened + REVIEW * ((moment - opened) // REVIEW + 1)


@dataclass(frozen=True, slots=True)
class DayVolume:
    """The volume from `start` on as it stands at `market_time`, relative to an arbitrary unit.

    What has been traded counts as it was; what is still to come is the usual day's, corrected by the square root of how
    much busier than usual the day has been. Where the usual day's volume is not known, or nothing has been traded yet,
    it is the curve alone.
    """

    market: Market
    start: datetime
    market_time: datetime

    @property
    def known_until(self) -> datetime:
        """The end of the newest bar that is over."""
        session = self.market.session
        moment = min(max(self.market_time, session.open), session.close)
        return moment - (moment - session.open) % BAR_LENGTH

    @property
    def expected_day(self) -> Decimal | None:
        """What a day as busy as this one trades, in units; None where the curve alone speaks."""
        usual, known = self.market.average_daily_volume, self.known_until
        opened = self.market.session.open
        realised = self.market.traded.between(opened, known)
        if usual is None or usual == 0 or realised == 0:
            return None
        expected = usual * curve_of(self.market).share_between(self.market.session, opened, known)
        correction = (realised / expected).sqrt() if expected else Decimal(1)
        return usual * min(max(correction, 1 / MOST_CORRECTION), MOST_CORRECTION)

    def until(self, moments: list[datetime]) -> list[Decimal]:
        """Return the volume from the start to each of the moments, without the closing auction."""
        day, session, curve = self.expected_day, self.market.session, curve_of(self.market)
        if day is None:
            return [curve.share_between(session, self.start, moment) for moment in moments]
        traded, known = self.market.traded, max(self.known_until, self.start)
        return [
            traded.between(self.start, min(moment, known)) + day * curve.share_between(session, known, moment)
            for moment in moments
        ]

    @property
    def auction(self) -> Decimal:
        """The volume that is expected of the closing auction."""
        day = self.expected_day
        return curve_of(self.market).closing_auction * (1 if day is None else day)
