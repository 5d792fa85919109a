"""The faults of a soak: which, when, whom and for how long, all drawn from one seed; and what each one does."""

import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from random import Random

from orders import services
from orders.selectors import market_now
from tests.execution.site import COMMANDS, Site
from tests.execution.soak.ground import IMMEDIATE_SHUTDOWN, Ground
from tests.world import SETUP

PROCESSES = ("venue", "gateway", "worker", "second_worker", "beat", "integrator")
MILD = "seed={seed},delay_ms=20,repeat=0.1,drop=0.05"
HARSH = "seed={seed},delay_ms={delay_ms},repeat=0.4,drop=0.3"


class Kind(StrEnum):
    """What is done to the site. Killed is SIGKILLed with all children; frozen stands still longer than its lease."""

    VENUE_KILLED = "venue killed"
    GATEWAY_KILLED = "gateway killed"
    WORKER_KILLED = "worker killed"
    BEAT_KILLED = "beat killed"
    INTEGRATOR_KILLED = "audit integrator killed"
    WORKER_CHILD_KILLED = "worker's child killed"
    ALL_KILLED = "every process killed at once"
    WORKER_FROZEN = "worker frozen beyond its lease"
    GATEWAY_FROZEN = "gateway frozen"
    VENUE_FROZEN = "venue frozen"
    BEAT_DOUBLED = "beat doubled"
    BROKER_EMPTIED = "broker emptied"
    BROKER_KILLED = "broker killed"
    DATABASE_CRASHED = "PostgreSQL shut down at once"
    DATABASE_KILLED = "PostgreSQL killed"
    SESSIONS_ENDED = "PostgreSQL's sessions ended"
    CLOCK_FORWARD = "market clock stepped forward"
    CLOCK_BACK = "market clock stepped back"
    VENUE_MISBEHAVES = "venue delays, repeats and drops"


@dataclass(frozen=True)
class Drawing:
    """How often a kind is drawn, of whom it may befall one, and between which two numbers its amount lies.

    The amount is the seconds after which what it broke is repaired; of a step of the clock, the minutes of it; of a
    venue that misbehaves until it is started the next time, the seconds by which its reports are late at most.
    """

    weight: int
    victims: tuple[str, ...]
    amount: tuple[float, float]


_STARTED_S = 5.0
_WORKERS = ("worker", "second_worker")
# A process takes seconds of a processor to start: were they killed much more often, nothing would ever work.
DRAWINGS = {
    Kind.VENUE_KILLED: Drawing(4, ("venue",), (0, 1.5)),
    Kind.GATEWAY_KILLED: Drawing(4, ("gateway",), (0, 1.5)),
    Kind.WORKER_KILLED: Drawing(5, _WORKERS, (0, 1.5)),
    Kind.WORKER_CHILD_KILLED: Drawing(6, _WORKERS, (0, 0)),
    Kind.BEAT_KILLED: Drawing(2, ("beat",), (0, 1.5)),
    Kind.INTEGRATOR_KILLED: Drawing(2, ("integrator",), (0, 1.5)),
    Kind.ALL_KILLED: Drawing(1, ("",), (0, 1.0)),
    Kind.WORKER_FROZEN: Drawing(8, _WORKERS, (3.5, 6)),
    Kind.GATEWAY_FROZEN: Drawing(5, ("gateway",), (0.5, 4)),
    Kind.VENUE_FROZEN: Drawing(6, ("venue",), (0.5, 4)),
    Kind.BEAT_DOUBLED: Drawing(2, ("second_beat",), (2, 8)),
    Kind.BROKER_EMPTIED: Drawing(24, ("redis",), (0, 0)),
    Kind.BROKER_KILLED: Drawing(8, ("redis",), (0, 1.5)),
    Kind.DATABASE_CRASHED: Drawing(3, ("postgres",), (0, 1.5)),
    Kind.DATABASE_KILLED: Drawing(3, ("postgres",), (0, 1.5)),
    Kind.SESSIONS_ENDED: Drawing(12, ("postgres",), (0, 0)),
    Kind.CLOCK_FORWARD: Drawing(6, ("",), (0.5, 4)),
    Kind.CLOCK_BACK: Drawing(3, ("",), (-2.5, -0.2)),
    Kind.VENUE_MISBEHAVES: Drawing(1, ("venue",), (0.1, 0.6)),
}


@dataclass(frozen=True, order=True)
class Fault:
    """A fault at `at_s` (seconds from the soak's start); see Drawing for the amount."""

    at_s: float
    kind: Kind
    victim: str
    amount: float
    seed: int

    def __str__(self) -> str:
        return (
            f"{self.at_s:8.2f} s  {self.kind}{f' ({self.victim})' if self.victim else ''}, {self.amount:.2f}"
        )


def draw_faults(dice: Random, count: int, until_s: float) -> list[Fault]:
    """Faults in order of time; each kind at least once where there are so many."""
    kinds = list(Kind)[:count]
    kinds += dice.choices(list(DRAWINGS), [each.weight for each in DRAWINGS.values()], k=count - len(kinds))
    dice.shuffle(kinds)
    times = sorted(dice.uniform(0.5, until_s) for _ in kinds)
    return [_fault(dice, at_s, kind) for at_s, kind in zip(times, kinds, strict=True)]


def _fault(dice: Random, at_s: float, kind: Kind) -> Fault:
    drawing = DRAWINGS[kind]
    return Fault(
        at_s, kind, dice.choice(drawing.victims), dice.uniform(*drawing.amount), dice.randrange(10**6)
    )


def minutes_stepped_forward(faults: list[Fault]) -> float:
    """Market minutes by which these faults move the clock on."""
    return sum(each.amount for each in faults if each.kind is Kind.CLOCK_FORWARD)


Repair = Callable[[], None]


class NotNow(Exception):
    """What is to be broken is broken already: it has to be repaired first."""


class Hand:
    """What does the faults to a site on its ground, and what brings back whatever ended by itself."""

    def __init__(self, site: Site, ground: Ground, speed: Decimal) -> None:
        self._site = site
        self._ground = ground
        self._speed = speed
        self._down: set[str] = set()
        self._frozen: set[str] = set()
        self.brought_back: Counter[str] = Counter()

    def do(self, fault: Fault) -> Repair | None:
        """Break it; returns the repair, which is due after the fault's amount, None where there is none.

        Raises NotNow, or OperationalError where the clock is to be stepped and the database is away: again later.
        """
        match fault.kind:
            case Kind.WORKER_FROZEN | Kind.GATEWAY_FROZEN | Kind.VENUE_FROZEN:
                return self._freeze(fault.victim)
            case Kind.BEAT_DOUBLED:
                return self._double(fault.victim)
            case Kind.BROKER_EMPTIED | Kind.SESSIONS_ENDED:
                return self._forget(fault.victim)
            case Kind.WORKER_CHILD_KILLED:
                return self._kill_child(fault.victim)
            case Kind.BROKER_KILLED | Kind.DATABASE_CRASHED | Kind.DATABASE_KILLED:
                number = IMMEDIATE_SHUTDOWN if fault.kind is Kind.DATABASE_CRASHED else signal.SIGKILL
                return self._crash(fault.victim, number)
            case Kind.CLOCK_FORWARD | Kind.CLOCK_BACK:
                return self._step_clock(fault.amount)
            case Kind.VENUE_MISBEHAVES:
                return self._let_venue_misbehave(fault)
            case Kind.ALL_KILLED:
                return self._kill(*PROCESSES)
            case _:
                return self._kill(fault.victim)

    def keep_alive(self) -> None:
        """Start what ended by itself, as `keep` in the Procfile does."""
        for name in PROCESSES:
            if name not in self._down and not self._site.is_running(name):
                self.brought_back[name] += 1
                self._site.kill(name)
                self._run(name)

    def start_all(self) -> None:
        """Start every process, and return when the venue listens."""
        self._site.start(*PROCESSES)

    def _run(self, name: str) -> None:
        # Nobody waits for it to be ready: it may be killed before it is.
        self._site.run(name, COMMANDS[name])

    def _require_up(self, *names: str) -> None:
        if self._down.intersection(names):
            raise NotNow(f"down: {self._down}")

    def _kill(self, *names: str) -> Repair:
        self._require_up(*names)
        for name in names:
            self._site.kill(name)
        self._down.update(names)
        self._frozen.difference_update(names)
        return partial(self._bring_up, names)

    def _bring_up(self, names: tuple[str, ...]) -> None:
        for name in names:
            self._run(name)
        self._down.difference_update(names)

    def _freeze(self, name: str) -> Repair:
        self._require_up(name)
        if name in self._frozen:
            raise NotNow(f"{name} is frozen")
        self._site.freeze(name)
        self._frozen.add(name)
        return partial(self._thaw, name)

    def _thaw(self, name: str) -> None:
        # Killed meanwhile and started again, it is not stopped.
        if name in self._frozen:
            self._frozen.remove(name)
            self._site.thaw(name)

    def _double(self, name: str) -> Repair:
        if self._site.is_running(name):
            raise NotNow("there are two already")
        self._run(name)
        return partial(self._end, name)

    def _end(self, name: str) -> None:
        if self._site.is_running(name):
            self._site.kill(name)

    def _crash(self, server: str, number: signal.Signals) -> Repair:
        self._require_up(server)
        self._ground.crash(server, number)
        self._down.add(server)
        return partial(self._start_server, server)

    def _start_server(self, server: str) -> None:
        start = self._ground.start_broker if server == "redis" else self._ground.start_database
        start()
        self._down.remove(server)

    def _step_clock(self, minutes: float) -> None:
        """Move market time by so many minutes; it runs on as fast as before."""
        self._require_up("postgres")
        anchor = market_now() + timedelta(minutes=minutes)
        services.set_market_clock(actor=SETUP, anchor=anchor, speed=self._speed)

    def _forget(self, server: str) -> None:
        """Let a server forget what it holds in memory for us: Redis its messages, PostgreSQL our sessions."""
        self._require_up(server)
        if server == "redis":
            self._ground.empty_broker()
        else:
            self._ground.end_sessions()

    def _kill_child(self, name: str) -> None:
        """SIGKILL what works in a worker that has started: it has to notice. One that is starting would give up."""
        self._require_up(name)
        if not self._site.kill_children(name, older_than_s=_STARTED_S):
            raise NotNow(f"{name} has no child yet")

    def _let_venue_misbehave(self, fault: Fault) -> Repair:
        """Start it anew so that it delays, repeats and drops much; the next start mends that."""
        self._kill("venue")
        self._site.let_venue_misbehave(HARSH.format(seed=fault.seed, delay_ms=int(1000 * fault.amount)))
        self._bring_up(("venue",))
        return partial(self._site.let_venue_misbehave, MILD.format(seed=fault.seed + 1))
