"""What pre-trade risk decides: without placing an order, and what it decided on one that came in."""

from datetime import datetime
from decimal import Context, Decimal
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from orders import services
from orders.commands import PlaceOrder
from orders.decisions import KeptDecision, decisions_of, redacted_for
from orders.errors import (
    AccountNotFound,
    CashBelowOneLot,
    InstrumentNotFound,
    MarketWithoutCalendar,
    MomentPassed,
    OrderNotFound,
    OverrideNotFound,
    OverrideNotUsable,
    RiskRefused,
)
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted
from orders.kernel.money import Amount
from orders.limit_kinds import KINDS, LimitKind
from orders.models.limit import DecisionStage
from orders.risk.figures import Decision, Finding, LimitInForce, Outcome
from orders.selectors import order_for

HUNDREDTH = Decimal("0.01")
WIDE = Context(prec=100)
"""An order of any size against a limit of any size."""


class DecidingLimit(BaseModel):
    """A limit as it was when the decision was made."""

    id: UUID
    kind: LimitKind
    version: int
    scope: str = Field(description="whose, and of what: account GROWTH, instrument SPY")
    value: Amount
    unit: str
    warn_at_percent: int


class FindingRepresentation(BaseModel):
    """What one check found. `used` stood before the order, `with_order` would stand with it, in the limit's unit.

    Of a limit that you may not see only outcome, code and detail are told.
    """

    check: str
    outcome: Outcome
    code: str | None
    detail: str | None
    limit: DecidingLimit | None
    used: Amount | None
    with_order: Amount | None
    utilisation_percent: Amount | None
    numbers: dict[str, str]


class MarketRepresentation(BaseModel):
    """What was known of the market: prices in the instrument's currency, volume in units a day."""

    last: Amount | None
    mid: Amount | None
    previous_close: Amount | None
    window_average: Amount | None
    average_daily_volume: Amount | None
    session_opens_in_s: Amount | None


class DecisionRepresentation(BaseModel):
    """A decision with everything that it saw. `tightest` is the limit that would bind next."""

    is_admitted: bool
    quantity: Amount
    notional: Amount | None = Field(description="what the order is worth at worst, in `currency`")
    currency: str = Field(description="the firm's")
    denials: list[FindingRepresentation]
    warnings: list[FindingRepresentation]
    tightest: FindingRepresentation | None
    findings: list[FindingRepresentation] = Field(description="of every check, in the order of the checks")
    market: MarketRepresentation
    market_time: datetime


class KeptDecisionRepresentation(DecisionRepresentation):
    """A decision that was kept with its order."""

    id: UUID
    stage: DecisionStage
    recorded_at: datetime


class DecisionList(BaseModel):
    """The decisions on one order, newest first."""

    items: list[KeptDecisionRepresentation]


def represent_decision(decision: Decision) -> DecisionRepresentation:
    """Represent a decision that was redacted for whoever reads it."""
    tightest = decision.tightest
    return DecisionRepresentation(
        is_admitted=decision.is_admitted,
        quantity=decision.quantity,
        notional=decision.notional,
        currency=decision.currency,
        denials=list(map(represent_finding, decision.denials)),
        warnings=list(map(represent_finding, decision.warnings)),
        tightest=None if tightest is None else represent_finding(tightest),
        findings=list(map(represent_finding, decision.findings)),
        market=MarketRepresentation.model_validate(decision.market, from_attributes=True),
        market_time=decision.market_time,
    )


def represent_finding(finding: Finding) -> FindingRepresentation:
    """Represent what one check found."""
    utilisation = finding.utilisation_percent
    return FindingRepresentation(
        check=finding.check,
        outcome=finding.outcome,
        code=finding.code or None,
        detail=finding.detail or None,
        limit=None if finding.limit is None else _represent_limit(finding.limit),
        used=finding.used,
        with_order=finding.with_order,
        utilisation_percent=None if utilisation is None else utilisation.quantize(HUNDREDTH, context=WIDE),
        numbers=dict(finding.numbers),
    )


def _represent_limit(limit: LimitInForce) -> DecidingLimit:
    kind = LimitKind(limit.kind)
    return DecidingLimit(
        id=limit.id,
        kind=kind,
        version=limit.version,
        scope=limit.scope,
        value=limit.value,
        unit=KINDS[kind].unit,
        warn_at_percent=limit.warn_at_percent,
    )


def represent_kept(kept: KeptDecision) -> KeptDecisionRepresentation:
    """Represent a kept decision that was redacted for whoever reads it."""
    said = represent_decision(kept.decision)
    return KeptDecisionRepresentation(
        **dict(said), id=kept.id, stage=kept.stage, recorded_at=kept.recorded_at
    )


class OrderPreview(ApiView):
    """What would be decided on an order."""

    @endpoint(
        "preview_order",
        "Tell what pre-trade risk would decide on an order, without placing it",
        body=PlaceOrder,
        answers={200: DecisionRepresentation},
        refusals=(
            NotPermitted,
            AccountNotFound,
            InstrumentNotFound,
            MarketWithoutCalendar,
            MomentPassed,
            CashBelowOneLot,
            RiskRefused,
            OverrideNotFound,
            OverrideNotUsable,
        ),
    )
    def post(self, body: PlaceOrder) -> HttpResponse:
        """Nothing is kept and the `client_order_id` is not used up. All checks have their say, also where the first
        one refuses: an order that would be refused answers 200 with its `denials`. What has no quantity to judge, as
        an order for cash while the market has no price, is an error as it is when it is placed.
        """
        (decision,) = redacted_for(self.actor, [services.preview(actor=self.actor, command=body)])
        return answer(represent_decision(decision))


class OrderDecisions(ApiView):
    """What was decided on one order."""

    @endpoint(
        "list_order_decisions",
        "List what pre-trade risk decided on an order and its amendments, newest first",
        answers={200: DecisionList},
        refusals=(OrderNotFound,),
    )
    def get(self, order_id: UUID) -> HttpResponse:
        kept = decisions_of(self.actor, order_for(self.actor, order_id))
        return answer(DecisionList(items=list(map(represent_kept, kept))))
