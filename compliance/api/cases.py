"""Cases over the API: ask for one, see how far it is, take its file."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.api.proofs import TakenFileView
from compliance.cases.asked import ExportCase
from compliance.cases.reads import case_for, cases_for
from compliance.errors import (
    CaseEmpty,
    CaseNotFound,
    CaseNotReady,
    CasesUnfinished,
    CaseTooLarge,
    LeafArchived,
)
from compliance.models import Case, CaseState
from compliance.search import AskedLeaves
from compliance.services.export_case import request_case, take_case
from orders.errors import OrderNotFound
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.schema import File
from orders.kernel.api.views import ApiView, answer, endpoint, file_answer
from orders.kernel.errors import NotPermitted

NEWEST_FIRST = Keyset("id", UUID, descending=True)
CASE_FILE = File(
    "application/zip",
    "leaves with a tlog-proof of each, stories, a PDF summary, a manifest and the log's seal; for compliance/verify.py",
    is_binary=True,
)


class CaseRepresentation(BaseModel):
    """A case, and how far it is."""

    id: UUID
    state: CaseState = Field(
        description="requested: to be written; unsigned: until the log has signed its manifest; ready; or refused"
    )
    refusal: str = Field(description="why it was refused, empty otherwise")
    reference: str
    title: str
    question: str
    order_id: UUID | None = Field(description="the order that it is about; null where a search was asked for")
    leaves: AskedLeaves | None = Field(
        description="the criteria of the search; null where it is about an order"
    )
    asked_by: str = Field(description="user:<id> or process:<name>")
    recorded_at: datetime
    through: int = Field(description="the last place of the log that was searched")
    leaf_count: int | None = Field(description="null until it is written")
    manifest_sha256: str | None = Field(
        description="null until it is written; the log has it in a leaf CaseExported"
    )
    file_sha256: str | None = Field(description="null until it is ready")
    file_bytes: int | None = Field(description="null until it is ready")
    ready_at: datetime | None


class CasePage(Page[CaseRepresentation]):
    """Cases, newest first."""


def represent_case(case: Case) -> CaseRepresentation:
    """Represent a case."""
    is_of_order = "order_id" in case.asked
    return CaseRepresentation(
        id=case.pk,
        state=CaseState(case.state),
        refusal=case.refusal,
        reference=case.reference,
        title=case.title,
        question=case.question,
        order_id=UUID(case.asked["order_id"]) if is_of_order else None,
        leaves=None if is_of_order else AskedLeaves.model_validate(case.asked),
        asked_by=case.asked_by,
        recorded_at=case.recorded_at,
        through=case.through,
        leaf_count=case.leaf_count,
        manifest_sha256=case.manifest_digest or None,
        file_sha256=case.file_digest or None,
        file_bytes=case.file_bytes,
        ready_at=case.ready_at,
    )


class CaseCollection(ApiView):
    """The cases that the asker may see."""

    @endpoint(
        "list_audit_cases",
        "List cases, newest first",
        query=PageQuery,
        answers={200: CasePage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        """Your own, while you hold what opened all in them; every one if you see every order and limit, too."""
        cases, following = NEWEST_FIRST.page(cases_for(self.actor), query)
        return answer(CasePage(items=list(map(represent_case, cases)), next=following))

    @endpoint(
        "export_audit_case",
        "Ask for a case: what a search of the audit log finds, or all about one order, as one signed file",
        body=ExportCase,
        answers={202: CaseRepresentation},
        refusals=(NotPermitted, OrderNotFound, CaseEmpty, CaseTooLarge, CasesUnfinished, LeafArchived),
    )
    def post(self, body: ExportCase) -> HttpResponse:
        """It is written within seconds, and ready once the log has signed its manifest; see its state."""
        return answer(represent_case(request_case(actor=self.actor, command=body)), status=202)


class CaseItem(ApiView):
    """One case."""

    @endpoint(
        "get_audit_case",
        "See how far a case is",
        answers={200: CaseRepresentation},
        refusals=(CaseNotFound,),
    )
    def get(self, case_id: UUID) -> HttpResponse:
        return answer(represent_case(case_for(self.actor, case_id)))


class CaseDownload(TakenFileView):
    """The file of a case."""

    @endpoint(
        "get_audit_case_file",
        "Take a case's file, which anybody verifies without qtweb; that it was taken is a leaf itself",
        answers={200: CASE_FILE},
        refusals=(CaseNotFound, CaseNotReady),
    )
    def get(self, case_id: UUID) -> HttpResponse:
        taken = take_case(actor=self.actor, case_id=case_id)
        return file_answer(taken.content, CASE_FILE, name=taken.name)
