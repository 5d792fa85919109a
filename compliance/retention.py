"""How long records are kept, as dated rules say and legal holds demand: arithmetic alone, no database.

A record class is what a regime speaks of. Leaves of many classes lie in one month, and a month goes as a whole: the
longest period of all its classes counts. A rule counts for a record where it was in force on the record's day or later:
who kept a record under a longer rule keeps it that long, whatever followed, and a longer rule that comes later counts
for what is there already. From whatever day a rule is said to be in force, it ends another only from the day on which
it was written down. A class of which no rule speaks is kept for ever, for nothing says when it may go.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

ORDERS, RISK, ACCESS, BOOKS = "orders", "risk_controls", "access", "books"
RECORD_CLASSES = {
    ORDERS: "orders, executions, what venues reported and how they were worked",
    RISK: "limits, risk decisions, overrides, kill switches, trading states, routing and what two persons agreed to",
    ACCESS: "sign-ins, refused access, sessions, roles, rights and tokens",
    BOOKS: "everything else: positions, cash, reference and market data, the machinery and this log",
}
OBJECT_TYPES: dict[str, tuple[str, ...]] = {
    ORDERS: (
        "order",
        "run",
        "refusal",
        "dead_letter",
        "venue_break",
        "orders_order",
        "orders_orderrequest",
        "orders_orderrevision",
        "orders_replacement",
        "orders_usedclientorderid",
        "orders_execution",
        "orders_refusal",
        "execution_run",
        "execution_slice",
        "execution_trigger",
        "execution_venuebreak",
        "execution_venueorder",
        "execution_venuereport",
    ),
    RISK: (
        "limit",
        "override",
        "kill_switch",
        "kill_switch_evidence",
        "trading_state",
        "routing_rule",
        "approval",
        "orders_limit",
        "orders_limitsample",
        "orders_limitsampling",
        "orders_override",
        "orders_riskdecision",
        "orders_throttlereset",
        "orders_tradingstatechange",
        "orders_killswitch",
        "orders_killswitchgate",
        "execution_routingrule",
        "compliance_approval",
    ),
    ACCESS: (
        "sign_in",
        "refused_access",
        "role",
        "role_grant",
        "token",
        "user",
        "orders_user",
        "orders_accountpermission",
        "orders_deskpermission",
        "orders_firmpermission",
        "auth_group",
        "auth_group_permissions",
        "auth_permission",
        "compliance_role",
        "compliance_rolegrant",
        "compliance_apitoken",
        "compliance_refusaltally",
        "django_session",
        "guardian_groupobjectpermission",
        "guardian_userobjectpermission",
        "knox_authtoken",
    ),
}
"""Of leaves' object types, those of each class; what is in none of them is of the class `books`."""
OF_BOOKS = frozenset(
    (
        *(
            "cash_movement",
            "costs",
            "exchange_rates",
            "firm",
            "market_clock",
            "market_data",
            "reference",
            "venue",
        ),
        *("audit_case", "audit_file", "legal_hold", "log", "log_month", "outside_copy", "retention_rule"),
        "subscription",
        *("orders_account", "orders_desk", "orders_firm", "orders_instrument", "orders_market"),
        *("orders_cashmovement", "orders_exposure", "orders_lot", "orders_position", "orders_settlement"),
        *("orders_exchangerate", "orders_markettime"),
        *("execution_bar", "execution_dailybar", "execution_quote", "execution_trade"),
        *("execution_marketdataload", "execution_marketdataversion", "execution_venue"),
        *("compliance_leaf", "compliance_treeentry", "compliance_treenode", "compliance_searchentry"),
        *("compliance_checkpoint", "compliance_signedcheckpoint", "compliance_cosignature"),
        *("compliance_case", "compliance_casefile", "compliance_capturekey", "compliance_outsidecopy"),
        *("compliance_accountmonth", "compliance_accountreading"),
        "compliance_roledefinition",
        *("compliance_usersession", "compliance_sessionuse", "compliance_tokenuse", "compliance_signintally"),
        *("compliance_leafmonth", "compliance_monthstanding", "compliance_logwatchstanding"),
        *("compliance_legalhold", "compliance_retentionrule"),
        *("compliance_eventdelivery", "compliance_eventsubscription"),
        *("django_admin_log", "django_content_type", "django_migrations"),
    )
)
"""What is of the class `books` on purpose: a test fails for a type of which nobody said to which class it belongs."""


def class_of(object_type: str) -> str:
    """Return the record class of a leaf by its object type."""
    return next((name for name, types in OBJECT_TYPES.items() if object_type in types), BOOKS)


@dataclass(frozen=True, slots=True)
class Rule:
    """A regime's rule for a record class, in force from a day until another of that regime and class follows.

    `years` is None where the regime asks for nothing any more from that day on. `recorded_on` is when it was written
    down, None for no later than it is in force.
    """

    regime: str
    record_class: str
    years: int | None
    effective_from: date
    source: str = ""
    recorded_on: date | None = None

    @property
    def ends_others_from(self) -> date:
        """The day of the first records for which the rule before it counts no longer: nothing is shortened behind."""
        return max(self.effective_from, self.recorded_on or self.effective_from)


@dataclass(frozen=True, slots=True)
class Kept:
    """Until when records are kept at least, and by which rule.

    Without a rule they are kept for ever: `undecided` is the class of which none speaks.
    """

    until: date | None
    rule: Rule | None = None
    undecided: str | None = None


def after_years(day: date, years: int) -> date:
    """Return the same day so many years later; 1 March for a 29 February that there is not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def in_force_since(rules: Iterable[Rule], day: date, today: date) -> list[Rule]:
    """Return the rules that count for records of `day`: in force until `today`, and ended by none before that day."""
    by_subject: dict[tuple[str, str], list[Rule]] = {}
    for rule in sorted(rules, key=lambda each: each.effective_from):
        if rule.effective_from <= today:
            by_subject.setdefault((rule.regime, rule.record_class), []).append(rule)
    return [
        rule
        for dated in by_subject.values()
        for place, rule in enumerate(dated)
        if all(following.ends_others_from > day for following in dated[place + 1 :])
    ]


def kept(first_day: date, last_day: date, classes: Iterable[str], rules: Iterable[Rule], today: date) -> Kept:
    """Return until when records of these classes are kept that are of `first_day` through `last_day`.

    They go together: a rule that counts for the oldest of them counts for all, and from the newest on time runs.
    """
    counting = [rule for rule in in_force_since(rules, first_day, today) if rule.years is not None]
    longest: Kept | None = None
    for name in sorted(classes):
        periods = [rule for rule in counting if rule.record_class == name]
        if not periods:
            return Kept(None, undecided=name)
        rule = max(periods, key=lambda each: (each.years or 0, each.regime))
        until = after_years(last_day, rule.years or 0)
        if longest is None or longest.until is None or until > longest.until:
            longest = Kept(until, rule)
    return longest or Kept(None)


def last_day_of(month: date) -> date:
    """Return the last day of the month that begins on this day."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def may_go(found: Kept, holds: Sequence[object], today: date) -> bool:
    """Tell whether the records may be destroyed: their time is over, and no hold touches them."""
    return not holds and found.until is not None and found.until < today
