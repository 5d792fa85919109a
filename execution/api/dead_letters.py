"""What the machinery gave up, and the two ways in which an operator settles it."""

from uuid import UUID

from django.http import HttpResponse

from execution.api.representations import (
    DeadLetterPage,
    SettledRepresentation,
    represent_dead_letter,
    represent_settled,
)
from execution.commands import SettleDeadLetter
from execution.dead_letters import dead_letters
from execution.errors import DeadLetterNotFound, DeadLetterNotRetryable, DeadLetterSettled
from execution.services.dead_letters import discard_dead_letter, retry_dead_letter
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted

BY_ID = Keyset("id", UUID)
_LETTERS = "DeadLetter"


class DeadLetterCollection(ApiView):
    """The dead letters of the orders whose operations the asker may see."""

    @endpoint(
        "list_dead_letters",
        "List what was tried too often and waits for an operator",
        query=PageQuery,
        answers={200: DeadLetterPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        after = BY_ID.after(_LETTERS, query)
        letters = dead_letters(self.actor, after=after, most=query.limit + 1)
        page, following = BY_ID.page_of(letters, _LETTERS, query)
        return answer(DeadLetterPage(items=list(map(represent_dead_letter, page)), next=following))


class DeadLetterRetry(ApiView):
    """Another try at one dead letter."""

    @endpoint(
        "retry_dead_letter",
        "Try a dead letter again",
        body=SettleDeadLetter,
        answers={200: SettledRepresentation},
        refusals=(NotPermitted, DeadLetterNotFound, DeadLetterNotRetryable, DeadLetterSettled),
    )
    def post(self, letter_id: UUID, body: SettleDeadLetter) -> HttpResponse:
        """A run is planned and sent, a venue order asked about, a report applied: soon, and as often as at first."""
        settled = retry_dead_letter(actor=self.actor, letter_id=letter_id, reason=body.reason)
        return answer(represent_settled(settled))


class DeadLetterDiscard(ApiView):
    """The end of one dead letter."""

    @endpoint(
        "discard_dead_letter",
        "Discard a dead letter: settled otherwise",
        body=SettleDeadLetter,
        answers={200: SettledRepresentation},
        refusals=(NotPermitted, DeadLetterNotFound, DeadLetterSettled),
    )
    def post(self, letter_id: UUID, body: SettleDeadLetter) -> HttpResponse:
        """The order of a run is asked to be canceled; a venue order ends as canceled with what is filled, on your word;
        a report is never applied.
        """
        settled = discard_dead_letter(actor=self.actor, letter_id=letter_id, reason=body.reason)
        return answer(represent_settled(settled))
