"""Seeded misbehaviour of what the venue sends, so that a client's care can be tried.

Only messages suffer, never the store: what was committed stays committed.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from execution.venues.protocol import TradeChangeKind


class Fate(NamedTuple):
    """What becomes of one report on its way: lateness in seconds and copies sent (0 is a loss)."""

    delay_s: float
    copies: int


@dataclass(slots=True)
class Faults:
    """The misbehaviour of one venue process; the default behaves.

    `delay_ms` is the most that a report is late; `repeat_share` and `drop_share` are shares of messages from
    0 to below 1. Each decision depends only on the seed, the message and how often it was sent before, not on
    how clients interleave; so a report that was dropped once gets through on a later subscription.
    `bust_share` and `correct_share` are shares of executions that the venue takes back or corrects by itself soon
    after: no message suffers by that, the market does. Raises ValueError for a share outside its range.
    """

    seed: int = 0
    delay_ms: int = 0
    repeat_share: float = 0.0
    drop_share: float = 0.0
    bust_share: float = 0.0
    correct_share: float = 0.0
    _sent: Counter[str] = field(default_factory=Counter, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.delay_ms < 0 or not 0 <= self.repeat_share < 1 or not 0 <= self.drop_share < 1:
            raise ValueError("a delay is not negative, and shares are from 0 to below 1")
        if self.bust_share < 0 or self.correct_share < 0 or self.bust_share + self.correct_share >= 1:
            raise ValueError("the shares of executions that are changed are from 0 to below 1 together")

    def report_fate(self, sequence: int) -> Fate:
        """What becomes of the report with this sequence, this time."""
        dice = self._dice(f"report:{sequence}")
        delay_s = dice.uniform(0, self.delay_ms / 1000)
        if dice.random() < self.drop_share:
            return Fate(delay_s, 0)
        return Fate(delay_s, 2 if dice.random() < self.repeat_share else 1)

    def answer_is_dropped(self, subject: str) -> bool:
        """Whether the answer about this subject is lost this time and the connection closed instead."""
        return self._dice(f"answer:{subject}").random() < self.drop_share

    def trade_fate(self, number: int) -> TradeChangeKind | None:
        """What the venue does to the execution with this number: always the same for one seed."""
        chance = Random(f"{self.seed}:trade:{number}").random()  # noqa: S311 - repeatable, not secret
        if chance < self.bust_share:
            return TradeChangeKind.CANCEL
        return TradeChangeKind.CORRECT if chance < self.bust_share + self.correct_share else None

    def _dice(self, message: str) -> Random:
        self._sent[message] += 1
        # A text seed goes through SHA-512 and so is the same in every process, unlike hash().
        return Random(f"{self.seed}:{message}:{self._sent[message]}")  # noqa: S311 - repeatable, not secret
