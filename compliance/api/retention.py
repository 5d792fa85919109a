"""The log's months, retention rules and legal holds over the API."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.api.approvals import ApprovalRepresentation, waiting
from compliance.commands import HoldSubject, PlaceHold, ProposeHoldLift, ProposeRetention
from compliance.errors import HoldNotFound, RetentionUnfit
from compliance.models import LegalHold, RetentionRule
from compliance.retention_reads import MonthRow, holds_for, months_for, months_held, rules_for
from compliance.services.holds import place_hold
from compliance.services.retention_changes import propose_hold_lift, propose_retention
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted

BY_ID = Keyset("id", UUID)


class MonthRepresentation(BaseModel):
    """A month of the log: where its leaves are, and until when they are kept."""

    month: date = Field(description="its first day")
    state: str = Field(description="open, attached, or archived")
    leaves: int | None = Field(description="an estimate, exact for an archived month; null: not known")
    first_sequence: int | None = Field(description="its leaves are among the entries from this one on")
    end_sequence: int | None = Field(description="and before this one; both null before it was archived")
    archive_sha256: str | None
    kept_until: date | None = Field(description="at least, by the rules; null: for ever")
    kept_by: str | None = Field(description="the regime and record class that decide; null without a rule")
    held_by: list[UUID] = Field(description="the legal holds that keep it whatever the rules say")


class Months(BaseModel):
    """The months that have begun, the newest first."""

    items: list[MonthRepresentation]


class AuditMonths(ApiView):
    """The months of the log."""

    @endpoint(
        "list_audit_months",
        "List the months of the audit log: where their leaves are, and until when they are kept",
        answers={200: Months},
        refusals=(NotPermitted,),
    )
    def get(self) -> HttpResponse:
        return answer(Months(items=[_month(row) for row in months_for(self.actor)]))


class RetentionRuleRepresentation(BaseModel):
    """A regime's rule for a record class, in force from a day until the next one of that regime and class."""

    id: UUID
    regime: str
    record_class: str
    years: int | None = Field(description="null: the regime asks for nothing any more")
    effective_from: date
    source: str


class RetentionRulePage(Page[RetentionRuleRepresentation]):
    """Retention rules, oldest first."""


class RetentionRules(ApiView):
    """How long records are kept."""

    @endpoint(
        "list_retention_rules",
        "List the rules of how long records are kept",
        query=PageQuery,
        answers={200: RetentionRulePage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        rows, following = BY_ID.page(rules_for(self.actor).order_by("id"), query)
        return answer(RetentionRulePage(items=list(map(_rule, rows)), next=following))

    @endpoint(
        "propose_retention_rule",
        "Ask for a retention rule from a day on; another person has to approve",
        body=ProposeRetention,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, RetentionUnfit),
    )
    def post(self, body: ProposeRetention) -> HttpResponse:
        return waiting(propose_retention(actor=self.actor, command=body))


class LegalHoldRepresentation(BaseModel):
    """A legal hold. Its reason is shown on the page Retention alone."""

    id: UUID
    kind: HoldSubject
    subject: str = Field(
        description="an object's id, an account's id or an object type; empty for everything"
    )
    since: date | None
    until: date | None
    placed_at: datetime
    lifted_at: datetime | None = Field(description="null: it holds")
    months_held: int = Field(
        description="how many of the months that have begun it keeps now; 0 once it is lifted"
    )


class LegalHoldPage(Page[LegalHoldRepresentation]):
    """Legal holds, oldest first."""


class LegalHolds(ApiView):
    """What is kept whatever the rules say."""

    @endpoint(
        "list_legal_holds",
        "List legal holds",
        query=PageQuery,
        answers={200: LegalHoldPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        rows, following = BY_ID.page(holds_for(self.actor).order_by("id"), query)
        held = months_held()
        return answer(LegalHoldPage(items=[_hold(row, held) for row in rows], next=following))

    @endpoint(
        "place_legal_hold",
        "Place a legal hold: it counts at once",
        body=PlaceHold,
        answers={201: LegalHoldRepresentation},
        refusals=(NotPermitted, RetentionUnfit),
    )
    def post(self, body: PlaceHold) -> HttpResponse:
        return answer(_hold(place_hold(actor=self.actor, command=body), months_held()), status=201)


class LegalHoldLift(ApiView):
    """The end of one hold."""

    @endpoint(
        "propose_legal_hold_lift",
        "Ask that a legal hold be lifted; another person has to approve",
        body=ProposeHoldLift,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, HoldNotFound),
    )
    def post(self, hold_id: UUID, body: ProposeHoldLift) -> HttpResponse:
        return waiting(propose_hold_lift(actor=self.actor, hold_id=hold_id, command=body))


def _month(row: MonthRow) -> MonthRepresentation:
    rule = row.kept.rule
    return MonthRepresentation(
        month=row.month,
        state=row.state,
        leaves=row.leaves,
        first_sequence=row.first_sequence,
        end_sequence=row.end_sequence,
        archive_sha256=row.digest or None,
        kept_until=row.kept.until,
        kept_by=None if rule is None else f"{rule.regime} {rule.record_class}",
        held_by=[hold.pk for hold in row.holds],
    )


def _rule(row: RetentionRule) -> RetentionRuleRepresentation:
    return RetentionRuleRepresentation.model_validate(row, from_attributes=True)


def _hold(row: LegalHold, held: Mapping[UUID, int]) -> LegalHoldRepresentation:
    return LegalHoldRepresentation(
        id=row.pk,
        kind=HoldSubject(row.kind),
        subject=row.subject,
        since=row.since,
        until=row.until,
        placed_at=row.recorded_at,
        lifted_at=row.lifted_at,
        months_held=held.get(row.pk, 0),
    )
