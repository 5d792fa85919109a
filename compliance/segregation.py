"""Which roles nobody holds together in a firm, by which rule and where that is written. Pure.

Judged over periods: two roles that are never held at the same moment are no conflict. A role that a person holds in
another's place counts like their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from compliance.periods import Period

_TRADING = frozenset({"trader", "desk_head", "portfolio_manager", "api_client"})
_STAFF = frozenset(
    {
        "trader",
        "desk_head",
        "portfolio_manager",
        "risk_officer",
        "compliance_officer",
        "data_protection_officer",
        "operator",
    }
)


@dataclass(frozen=True, slots=True)
class SegregationRule:
    """Nobody holds a role of `one` and a role of `other` at the same time in one firm."""

    name: str
    one: frozenset[str]
    other: frozenset[str]
    why: str
    source: str

    def forbids(self, first: str, second: str) -> bool:
        """Tell whether nobody may hold both."""
        return (first in self.one and second in self.other) or (first in self.other and second in self.one)


RULES = (
    SegregationRule(
        "trading_and_risk_control",
        _TRADING,
        frozenset({"risk_officer"}),
        "who trades does not decide on the limits that trading is held to",
        "Reg. (EU) 2017/589 (RTS 6), Art. 1(c); 17 CFR 240.15c3-5(d)",
    ),
    SegregationRule(
        "trading_and_compliance",
        _TRADING,
        frozenset({"compliance_officer"}),
        "who watches has no part in what is watched",
        "Reg. (EU) 2017/565, Art. 22(3)(d); Reg. (EU) 2017/589 (RTS 6), Art. 1(c)",
    ),
    SegregationRule(
        "trading_and_operations",
        _TRADING,
        frozenset({"operator"}),
        "who trades does not settle what the machinery gave up, so that no trade can be concealed",
        "Reg. (EU) 2017/589 (RTS 6), Art. 1(c)",
    ),
    SegregationRule(
        "two_control_functions",
        frozenset({"risk_officer"}),
        frozenset({"compliance_officer"}),
        "what the one asks for, roles and retention, the other agrees to",
        "Reg. (EU) 2017/565, Art. 22(3)(d) and 23(2)",
    ),
    SegregationRule(
        "internal_audit",
        frozenset({"auditor"}),
        _STAFF | {"api_client"},
        "internal audit is apart from all that it audits",
        "Reg. (EU) 2017/565, Art. 24",
    ),
    SegregationRule(
        "data_protection_officer",
        frozenset({"data_protection_officer"}),
        frozenset({"desk_head", "risk_officer", "compliance_officer", "operator"}),
        "a data protection officer has no other task that decides how and for what personal data are processed",
        "Reg. (EU) 2016/679 (GDPR), Art. 38(6)",
    ),
    SegregationRule(
        "program_and_person",
        frozenset({"api_client"}),
        _STAFF,
        "a program's token opens what its login may do, so the login has nothing that a person decides by",
        "17 CFR 240.15c3-5(c)(2)(iii): access for authorised persons and accounts only",
    ),
)


@dataclass(frozen=True, slots=True)
class Holding:
    """A role that a person holds, or is to hold, somewhere in a firm for a period."""

    role: str
    firm_id: UUID
    period: Period


def broken_rule(wanted: Holding, held: Iterable[Holding]) -> tuple[SegregationRule, Holding] | None:
    """Return the first rule that `wanted` would break beside what is held, with the holding that is in its way."""
    beside = [each for each in held if each.firm_id == wanted.firm_id and each.period.overlaps(wanted.period)]
    broken = ((rule, each) for rule in RULES for each in beside if rule.forbids(wanted.role, each.role))
    return next(broken, None)
