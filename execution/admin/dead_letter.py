"""The page by which an operator retries or discards a dead letter: it says what will happen, and asks why."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from execution.dead_letters import DeadLetter, LetterKind, dead_letter_for
from execution.errors import DeadLetterNotFound, DeadLetterSettled
from execution.services.dead_letters import discard_dead_letter, retry_dead_letter
from orders.kernel.admin import ActPage, acting, actor_of, refusal_text, site
from orders.selectors import orders_for

RETRY, DISCARD = "retry", "discard"
_WHAT_HAPPENS = {
    (RETRY, LetterKind.RUN): (
        "A worker plans what is left of the order and sends what is due, at once. "
        "If that fails again five times, it comes back here."
    ),
    (DISCARD, LetterKind.RUN): (
        "The order is canceled, as if its trader had asked: nothing more is planned or sent, and what is live at a "
        "venue is asked back. What is filled stays filled. The trader reads your reason."
    ),
    (RETRY, LetterKind.VENUE_ORDER): (
        "The venue is asked about it again, at once. It is sent again only if the venue never had it. "
        "If its answers are not understood five more times, it comes back here."
    ),
    (DISCARD, LetterKind.VENUE_ORDER): (
        "It counts as canceled with what is filled, on your word: nobody asks the venue any more. Settle it with the "
        "venue first. If it was the last of its order, the order ends as well, and the trader reads your reason. "
        "A fill that the venue reports later is still booked."
    ),
    (RETRY, LetterKind.REPORT): "It is applied again at the gateway's next turn, within a second.",
    (DISCARD, LetterKind.REPORT): (
        "It is never applied: what it tells does not happen here, and a fill in it is never booked. Discard a fill "
        "only if the venue takes it back. Later reports on the same venue order go on. "
        "If it may have told a fill or an end and its venue order is open here, that comes to this list instead."
    ),
}
_VERBS = {RETRY: ("Retry", retry_dead_letter), DISCARD: ("Discard", discard_dead_letter)}
_SUCCESS = {RETRY: "It is tried again", DISCARD: "Discarded"}


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "autofocus": True}),
        help_text="Kept in the audit log under your name.",
    )


@acting
def retry_page(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Show what trying it again would do, or do it and go back to the operations page."""
    return _page(request, letter_id, RETRY)


@acting
def discard_page(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Show what discarding it would do, or do it and go back to the operations page."""
    return _page(request, letter_id, DISCARD)


def acts_of(letter: DeadLetter) -> list[tuple[str, str]]:
    """Return words and address of what the person may do with a dead letter."""
    possible = [RETRY, DISCARD] if letter.can_retry else [DISCARD]
    pages = [(_VERBS[act][0], reverse(f"admin:dead_letter_{act}", args=[letter.id])) for act in possible]
    return pages if letter.may_settle else []


def _page(request: HttpRequest, letter_id: UUID, act: str) -> HttpResponse:
    operations_url = reverse("admin:operations")
    try:
        letter = dead_letter_for(actor_of(request), letter_id)
    except DeadLetterNotFound as error:
        raise Http404("there is no such page for you") from error
    except DeadLetterSettled as error:
        messages.warning(request, refusal_text(error))
        return HttpResponseRedirect(operations_url)
    if not letter.may_settle:
        raise PermissionDenied
    verb, settle = _VERBS[act]

    def perform(given: dict[str, Any]) -> str:
        settle(actor=actor_of(request), letter_id=letter_id, reason=given["reason"])
        return f"{_SUCCESS[act]}: {letter.subject}."

    form = ReasonForm(request.POST if request.method == "POST" else None)
    context = {
        "letter": letter,
        "row": letter.order_id and orders_for(actor_of(request)).filter(pk=letter.order_id).first(),
        "what_happens": _WHAT_HAPPENS[act, letter.kind],
        "is_in_vain": act == RETRY and not letter.can_retry,
        "submit": f"{verb} it",
        "tone": "danger" if act == DISCARD else "",
        "crumbs": [("Operations", operations_url)],
    }
    title = f"{verb} a dead letter"
    return ActPage(site, title, form, perform, operations_url, "execution/dead_letter.html", context).answer(
        request
    )
