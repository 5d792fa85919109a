"""A soak: parents are worked for a while, faults befall the site, and every promise is looked at all the time."""

import heapq
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random

from django.db import InterfaceError, OperationalError, connection

from execution.models import VenueOrder
from execution.venues.protocol import Reason
from orders import services
from orders.kernel.context import Actor
from orders.models import Account, Order
from orders.selectors import market_now
from tests.execution.market import replay, session
from tests.execution.site import PATIENCE_S, Site, wait_until
from tests.execution.soak.clients import Clients
from tests.execution.soak.faults import Fault, Hand, NotNow, draw_faults, minutes_stepped_forward
from tests.execution.soak.ground import Ground
from tests.execution.soak.parents import LONGEST_MINUTES, draw_parents
from tests.execution.soak.truths import (
    Counts,
    all_told,
    check_end,
    check_moment,
    still_open,
)
from tests.world import SETUP

SESSION_MINUTES = 390
_FIRST_MINUTE = 10
_SPARE_MINUTES = 3 * LONGEST_MINUTES  # before the close, for what was placed last
_FASTEST = 60
_SLOW = 2
_AGAIN_S = 1.5
_PROGRESS_S = 30
_STEP_S = 0.05


@dataclass(frozen=True)
class Size:
    """How much of a soak: the faults come over so many seconds; a look at every promise every `look_s`."""

    seed: int
    seconds: float
    parents: int
    faults: int
    look_s: float

    @property
    def repeat(self) -> str:
        """The command that does the same again."""
        return f"make soak SEED={self.seed} MINUTES={self.seconds / 60:g} PARENTS={self.parents} FAULTS={self.faults}"


class Soak:
    """One run. The seed decides what is done when; what comes of it, the machine decides as well."""

    def __init__(
        self, size: Size, site: Site, ground: Ground, holders: list[tuple[Account, Actor]], log: Path
    ) -> None:
        dice = Random(size.seed)
        self._size, self._site, self._log = size, site, log
        self._faults = draw_faults(dice, size.faults, size.seconds)
        # Parents are placed until shortly before the last fault, so that there is work all the time.
        self.parents = draw_parents(dice, holders, size.parents, 0.95 * size.seconds)
        self._speed = self._speed_for(size)
        self._hand = Hand(site, ground, Decimal(self._speed))
        self._numbers = count()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._began = time.monotonic()
        self.befell: Counter[str] = Counter()
        self.looks = 0
        self.looks_missed = 0
        self.counts: Counts | None = None
        self._outcome: list[str] = []
        self._is_slow = False

    def _speed_for(self, size: Size) -> int:
        minutes = SESSION_MINUTES - _FIRST_MINUTE - _SPARE_MINUTES - minutes_stepped_forward(self._faults)
        return max(1, min(_FASTEST, int(minutes * 60 / size.seconds)))

    def run(self) -> None:
        """Do all of it. Raises Broken, and AssertionError where something does not end."""
        whole = self._speed * self._size.seconds / 60 + minutes_stepped_forward(self._faults) + _SPARE_MINUTES
        replay(minutes_after_open=int(SESSION_MINUTES - whole), speed=self._speed)
        self._hand.start_all()
        self._began = time.monotonic()
        for fault in self._faults:
            self._plan(fault.at_s, lambda fault=fault: self._befall(fault))
        clients = Clients(self.parents, self._now_s)
        clients.start()
        try:
            self._let_it_happen(clients)
            self._come_to_rest()
        finally:
            clients.end()
        self.counts = check_end(self.parents, self._site.record)
        self._outcome = _outcome()

    def _now_s(self) -> float:
        return time.monotonic() - self._began

    def _plan(self, at_s: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._waiting, (at_s, next(self._numbers), act))

    def _let_it_happen(self, clients: Clients) -> None:
        look_at_s = told_at_s = 0.0
        while self._waiting or not clients.are_done:
            while self._waiting and self._waiting[0][0] <= self._now_s():
                heapq.heappop(self._waiting)[2]()
            self._hand.keep_alive()
            if self._now_s() >= look_at_s:
                self._look()
                look_at_s = self._now_s() + self._size.look_s
            assert self._now_s() < self._size.seconds + 2 * PATIENCE_S, "faults and clients come to an end"
            if self._now_s() >= told_at_s + _PROGRESS_S:
                told_at_s = self._now_s()
                print(f"{told_at_s:5.0f} s: {sum(self.befell.values())} faults, {self.counts}", flush=True)
            time.sleep(_STEP_S)
        if clients.error is not None:
            raise clients.error

    def _befall(self, fault: Fault) -> None:
        try:
            repair = self._hand.do(fault)
        except (NotNow, OperationalError, InterfaceError):
            connection.close()
            self._plan(self._now_s() + _AGAIN_S, lambda: self._befall(fault))
            return
        self.befell[fault.kind] += 1
        with self._log.open("a") as log:
            log.write(f"{self._now_s():8.2f} s, {fault}\n")
        if repair is not None:
            self._plan(self._now_s() + fault.amount, repair)

    def _look(self) -> bool:
        """Look at every promise, if the database is there to be looked at; whether it was."""
        try:
            self.counts = check_moment(self._site.record)
            self.looks += 1
        except (OperationalError, InterfaceError):
            connection.close()
            self.looks_missed += 1
            return False
        return True

    def _come_to_rest(self) -> None:
        """Let the market orders be filled while the market is open, then let it close: the rest expires."""
        self._wait_looking(lambda: True, "the database answers")
        self._wait_looking(
            self._have_market_orders_ended, "the market orders have ended", seconds=3 * PATIENCE_S
        )
        self._set_clock(max(market_now(), session().close - timedelta(minutes=1)), _FASTEST)
        self._wait_looking(lambda: not still_open(self.parents), "every parent has ended")
        self._wait_looking(lambda: all_told(self._site.record), "everything is booked, and in the audit log")

    def _have_market_orders_ended(self) -> bool:
        if not self._is_slow and session().close - market_now() < timedelta(minutes=LONGEST_MINUTES):
            # The machine was slow, the market was not: let there be time for what is due before the close.
            self._set_clock(market_now(), _SLOW)
            self._is_slow = True
        return not still_open(self.parents, types=("market",))

    def _set_clock(self, anchor: datetime, speed: int) -> None:
        services.set_market_clock(actor=SETUP, anchor=anchor, speed=Decimal(speed))

    def _wait_looking(self, condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE_S) -> None:
        def holds() -> bool:
            self._hand.keep_alive()
            return self._look() and condition()

        try:
            wait_until(holds, what, seconds=seconds, poll_s=0.5)
        except AssertionError as error:
            left = [(each.number, each.order_id) for each in still_open(self.parents)]
            raise AssertionError(f"{error}; open: {left}") from error

    def table(self) -> str:
        """What befell the site, and what was compared."""
        lines = [f"seed {self._size.seed}, {self._now_s():.0f} s, market time {self._speed} times as fast"]
        lines += [f"  {number:5} {kind}" for kind, number in sorted(self.befell.items())]
        lines += [f"{sum(self.befell.values()):7} faults"]
        lines += [f"{number:7} {name} ended by itself" for name, number in self._hand.brought_back.items()]
        asked = Counter(word for parent in self.parents for word in parent.asked)
        lines += [f"{number:7} parents asked to {word}" for word, number in sorted(asked.items())]
        lines += self._outcome
        if self.counts is not None:
            lines += [f"{number:7} {what}" for what, number in vars(self.counts).items()]
        lines += [f"{self.looks:7} looks at every promise, {self.looks_missed} with the database away"]
        return "\n".join(lines)


def _outcome() -> list[str]:
    statuses = Counter(Order.objects.values_list("status", flat=True))
    refused = VenueOrder.objects.filter(reason=Reason.MARKET_TIME_WENT_BACK.value).count()
    ended = [f"{number:7} parents ended {status}" for status, number in sorted(statuses.items())]
    return [*ended, f"{refused:7} venue orders were refused while the market clock stood back, and sent anew"]
