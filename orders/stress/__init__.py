"""What today's limits would have done to past orders.

Each kept decision is judged anew from the figures that it kept, by the checks of admission. Orders are judged one by
one, each as it met the market then: that an order had been refused would have changed what later ones met, and that
is not replayed.
"""

from orders.stress.described import changed_facts, summary_facts
from orders.stress.period import MONTH_DAYS, Period, period
from orders.stress.run import Judged, decisions_between, decisions_seen_by, stress
from orders.stress.tally import Cause, Change, Compared, OfLimit, Tally

__all__ = [
    "MONTH_DAYS",
    "Cause",
    "Change",
    "Compared",
    "Judged",
    "OfLimit",
    "Period",
    "Tally",
    "changed_facts",
    "decisions_between",
    "decisions_seen_by",
    "period",
    "stress",
    "summary_facts",
]
