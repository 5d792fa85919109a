"""The orders at work, the ones that need somebody first: as many statements for one as for hundreds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from execution.models import Run
from execution.models.run import UNDER_WAY
from execution.run_words import Alarm, alarm_of, sentence_of
from execution.selectors import Progress, progress_of_runs
from orders.kernel.context import Actor
from orders.models import Order
from orders.selectors import market_now, orders_for

_ALARMS = {
    Alarm.DEAD_LETTER: Q(dead_lettered_at__isnull=False),
    Alarm.PAUSED: Q(dead_lettered_at=None, paused_at__isnull=False),
    Alarm.PRICE_BEYOND_LIMIT: Q(dead_lettered_at=None, paused_at=None, why=Alarm.PRICE_BEYOND_LIMIT),
    Alarm.NO_VENUE: Q(dead_lettered_at=None, paused_at=None, why=Alarm.NO_VENUE),
    Alarm.BEHIND_SCHEDULE: Q(dead_lettered_at=None, paused_at=None, why=Alarm.BEHIND_SCHEDULE),
}
"""As `alarm_of` has it of one run."""


@dataclass(frozen=True, slots=True)
class AtWork:
    """An order that is worked; `left` is the market time until nothing of it is sent any more."""

    order: Order
    run: Run
    progress: Progress
    left: timedelta

    @property
    def alarm(self) -> Alarm | None:
        """Why somebody should look at it."""
        return alarm_of(self.run)

    @property
    def sentence(self) -> str:
        """What is happening, and why."""
        return sentence_of(self.run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which orders at work: "" is all of them."""

    desk: str = ""
    account: str = ""
    algorithm: str = ""
    alarm: str = ""


def at_work(actor: Actor, wanted: Wanted, *, most: int) -> list[AtWork]:
    """Return what is worked of the orders that `actor` may see: alarms first, then what has the least time left."""
    rank = Case(
        *(When(_ALARMS[alarm], then=Value(place)) for place, alarm in enumerate(Alarm)),
        default=Value(len(Alarm)),
        output_field=IntegerField(),
    )
    runs = list(_runs(actor, wanted).annotate(rank=rank).order_by("rank", "works_until", "pk")[:most])
    orders = _orders(actor, (run.order_id for run in runs))
    progress, now = progress_of_runs(runs), market_now()
    return [
        AtWork(orders[run.order_id], run, progress[run.pk], _left(run, now))
        for run in runs
        if run.order_id in orders
    ]


def alarms_at_work(actor: Actor) -> dict[str, int]:
    """Return how many orders at work there are by alarm, and `all`: one query."""
    counts: dict[str, Any] = {alarm.value: Count("pk", filter=_ALARMS[alarm]) for alarm in Alarm}
    return _runs(actor, Wanted()).aggregate(**counts, all=Count("pk"))


def _runs(actor: Actor, wanted: Wanted) -> QuerySet[Run]:
    orders = orders_for(actor)
    if wanted.desk:
        orders = orders.filter(account__desk__code=wanted.desk)
    if wanted.account:
        orders = orders.filter(account__code=wanted.account)
    runs = Run.objects.filter(state__in=sorted(UNDER_WAY), order_id__in=orders.order_by().values("pk"))
    if wanted.algorithm:
        runs = runs.filter(algorithm=wanted.algorithm)
    if wanted.alarm:
        runs = runs.filter(_ALARMS[Alarm(wanted.alarm)])
    return runs


def _orders(actor: Actor, order_ids: Iterable[UUID]) -> dict[UUID, Order]:
    found = orders_for(actor).filter(pk__in=list(order_ids)).select_related("account__desk", "instrument")
    return {order.pk: order for order in found}


def _left(run: Run, now: datetime) -> timedelta:
    return max(run.works_until - now, timedelta(0))
