"""Reads of what pre-trade risk refused: orders and new terms of orders, from the decisions that are kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Func, JSONField, QuerySet, TextField, Value
from django.db.models.functions import Cast

from orders.authority import accounts_with
from orders.decisions import redacted_for
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.models import Order, Override, RiskDecision
from orders.models.limit import DecisionStage
from orders.permissions import VIEW_ORDERS
from orders.risk.denials import Denial, denials_of
from orders.risk.figures import Decision, Outcome
from orders.risk.kept import decision_from

_DENYING = f'$[*] ? (@.outcome == "{Outcome.DENIED}").check'
"""The checks that denied, in the kept findings of a decision."""


@dataclass(frozen=True)
class Refused:
    """An order that was refused, or new terms of one, as the actor may see it.

    `override` is the leave that was given to place the refused order after all, the used one before others.
    """

    row: RiskDecision
    decision: Decision
    override: Override | None

    @property
    def override_state(self) -> str:
        """What became of the override, in words; empty without one."""
        if self.override is None:
            return ""
        if self.override.used_at is not None:
            return "used"
        return "expired unused" if self.override.expires_at <= recorded_now() else "not used yet"

    @property
    def order(self) -> Order:
        """The order; of refused new terms it stands as it was."""
        return self.row.order

    @property
    def is_of_new_terms(self) -> bool:
        """Whether the order had been admitted, and new terms of it were refused."""
        return self.row.stage == DecisionStage.AMEND

    @property
    def denials(self) -> tuple[Denial, ...]:
        """Why, in the order of the checks; the first one's code was answered."""
        return tuple(denials_of(self.decision))


def refusing_decisions(actor: Actor) -> QuerySet[RiskDecision]:
    """Return the decisions that refused, of the orders that `actor` may see, with all that names an order."""
    visible = accounts_with(actor, VIEW_ORDERS).order_by().values("pk")
    rows = RiskDecision.objects.filter(is_admitted=False, order__account__in=visible)
    return rows.select_related("order__account", "order__instrument", "order__placed_by").order_by(
        "-recorded_at", "-id"
    )


def refused_of(actor: Actor, rows: Sequence[RiskDecision]) -> list[Refused]:
    """Return what these decisions of `refusing_decisions` refused, as `actor` may see it: two queries for all."""
    kept = [decision_from(row.findings, row.figures, row.market_time) for row in rows]
    overrides = _overrides_of(row.order_id for row in rows if row.stage == DecisionStage.PLACE)
    return [
        Refused(row, decision, overrides.get(row.order_id) if row.stage == DecisionStage.PLACE else None)
        for row, decision in zip(rows, redacted_for(actor, kept), strict=True)
    ]


def refusals_by_check(rows: QuerySet[RiskDecision], *, among: int) -> list[tuple[str, int]]:
    """Return how many of the first `among` of `rows` each check refused, the most first: one query.

    What several checks refused is counted by each of them.
    """
    counted = (
        RiskDecision.objects.filter(pk__in=rows.values("pk")[:among])
        .order_by()
        .annotate(
            denying=Func(
                F("findings"),
                Cast(Value(_DENYING), _JsonPath()),
                function="jsonb_path_query",
                output_field=JSONField(),
            )
        )
        .values("denying")
        .annotate(refused=Count("pk", distinct=True))
    )
    return sorted(counted.values_list("denying", "refused"), key=lambda each: (-each[1], each[0]))


class _JsonPath(TextField):
    """PostgreSQL's type of a path into JSON."""

    def db_type(self, connection: object) -> str:
        return "jsonpath"

    def cast_db_type(self, connection: object) -> str:
        return "jsonpath"


def _overrides_of(order_ids: Iterable[UUID]) -> dict[UUID, Override]:
    """Return the newest override of each of these refused orders, the used one before others: one query."""
    found = Override.objects.filter(refused__in=list(order_ids)).select_related("granted_by", "used_by")
    in_time = sorted(found, key=lambda each: (each.used_at is not None, each.pk))
    return {each.refused_id: each for each in in_time}
