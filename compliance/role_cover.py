"""What the roles that a person holds in one place come to: which permissions, until when, and by whose right. Pure.

A right of one's own goes before another's: who holds a permission by both uses their own.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from compliance.periods import Period, cover_until


@dataclass(frozen=True, slots=True)
class Share:
    """What one grant gives: permissions, for a period, in the place of `on_behalf_of`, "" for a right of one's own."""

    permissions: frozenset[str]
    period: Period
    on_behalf_of: str = ""


def cover(shares: Collection[Share], moment: datetime) -> dict[str, tuple[datetime | None, str]]:
    """Return each permission that is held at the moment, with the end of its cover and whose right it is.

    By one's own right the cover goes on where one grant follows another without a gap. In another's place it is the
    delegation that lasts longest, and its end: what follows it may be in yet another's place.
    """
    names = frozenset[str]().union(*(share.permissions for share in shares if share.period.contains(moment)))
    return {
        name: _cover_of([share for share in shares if name in share.permissions], moment) for name in names
    }


def _cover_of(shares: Iterable[Share], moment: datetime) -> tuple[datetime | None, str]:
    given = list(shares)
    own = [share.period for share in given if not share.on_behalf_of]
    if any(period.contains(moment) for period in own):
        return cover_until(own, moment), ""
    ends = [(share.period.end, share.on_behalf_of) for share in given if share.period.contains(moment)]
    return max(ends, key=lambda each: (each[0] is None, each[0] or moment, each[1]))
