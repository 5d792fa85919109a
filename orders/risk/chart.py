"""How a decision is drawn: its findings by how near they are to refusing, each limit as a bar. Pure.

A bar's track ends at the limit, or at what the order would make of it where that is beyond: at twice the limit at most.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orders.limit_kinds import KINDS, LimitKind
from orders.risk.figures import HUNDRED, ZERO, Decision, Finding, Outcome

_BEYOND = Decimal(2)
"""How many times the limit a track reaches at most: what is further over is as long as the track."""

CURRENCY = "firm currency"
"""The unit that is said by its name."""

_NEAREST_FIRST = (Outcome.DENIED, Outcome.OVERRIDDEN, Outcome.WARNED, Outcome.PASSED)


@dataclass(frozen=True, slots=True)
class Bar:
    """Lengths in percent of the track, from its beginning: used before, used with the order, the two marks."""

    used: Decimal
    with_order: Decimal
    warn_at: Decimal
    limit_at: Decimal

    @property
    def added(self) -> Decimal:
        """What the order adds."""
        return max(self.with_order - self.used, ZERO)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was found of a kind of limit, in words, and its bar where it has one."""

    finding: Finding
    words: str
    unit: str
    bar: Bar | None

    @property
    def refuses(self) -> bool:
        """Whether the order would be refused for it, or was let through by an override alone."""
        return self.finding.outcome in (Outcome.DENIED, Outcome.OVERRIDDEN)


@dataclass(frozen=True, slots=True)
class Reason:
    """One code of denial: why, and how many limits it is for; `scopes` are those of them that may be seen.

    `numbers` are what a check without a limit saw; those of limits stand with them.
    """

    code: str
    detail: str
    limits: int
    scopes: tuple[str, ...]
    numbers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Picture:
    """The findings about limits, the nearest to a refusal first, and what passed of the checks that hold always.

    `reasons` say why the order is refused, each code once.
    """

    decision: Decision
    reasons: tuple[Reason, ...]
    limits: tuple[Drawn, ...]
    passed_always: tuple[Finding, ...]

    @property
    def next(self) -> Drawn | None:
        """The limit that would bind next, None where there is none to fill."""
        return next((each for each in self.limits if each.finding is self.decision.tightest), None)


def picture(decision: Decision) -> Picture:
    """Return `decision` as it is drawn. A limit that was taken out of its finding (orders/decisions.py) has no bar."""
    about_limits = [each for each in decision.findings if each.check in KINDS]
    always = [each for each in decision.findings if each.check not in KINDS]
    return Picture(
        decision=decision,
        reasons=tuple(_reasons(decision)),
        limits=tuple(_drawn(each, decision.currency) for each in sorted(about_limits, key=_nearness)),
        passed_always=tuple(each for each in always if each.outcome == Outcome.PASSED),
    )


def _reasons(decision: Decision) -> Iterator[Reason]:
    by_code: dict[str, list[Finding]] = {}
    for denial in decision.denials:
        by_code.setdefault(denial.code, []).append(denial)
    for code, denials in by_code.items():
        scopes = tuple(each.limit.scope for each in denials if each.limit)
        numbers = {} if denials[0].check in KINDS else denials[0].numbers
        yield Reason(code, denials[0].detail, len(denials), scopes, numbers)


def _drawn(finding: Finding, currency: str) -> Drawn:
    kind = KINDS[LimitKind(finding.check)]
    return Drawn(finding, kind.words, currency if kind.unit == CURRENCY else kind.unit, bar_of(finding))


def _nearness(finding: Finding) -> tuple[int, Decimal]:
    return _NEAREST_FIRST.index(finding.outcome), -(finding.utilisation_percent or ZERO)


def bar_of(finding: Finding) -> Bar | None:
    """Return the bar of a finding; None where its limit cannot be filled, or nothing was counted."""
    limit, with_order = finding.limit, finding.with_order
    if limit is None or with_order is None or finding.utilisation_percent is None:
        return None
    end = min(max(limit.value, with_order), limit.value * _BEYOND)
    return Bar(
        used=_length(finding.used or ZERO, end),
        with_order=_length(with_order, end),
        warn_at=_length(limit.value * limit.warn_at_percent / HUNDRED, end),
        limit_at=_length(limit.value, end),
    )


def _length(value: Decimal, end: Decimal) -> Decimal:
    return min(max(value, ZERO) / end * HUNDRED, HUNDRED).quantize(Decimal("0.01"))
