"""The page Limit proposals: what a holder's history speaks for, the reasoning in full, and the way to the form."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from compliance.admin.history_page import form_fields, history_page
from compliance.admin.limit_reasoning import SHARES, WARN_AT_PERCENT, Reasoned
from orders import authority
from orders.admin.limit_words import MEANINGS, title_of
from orders.kernel.context import Actor
from orders.kernel.money import decimal_text
from orders.limit_kinds import LimitKind
from orders.models import Account, Limit
from orders.permissions import PROPOSE_LIMITS
from orders.selectors import market_now
from orders.sizes.asked import AskedProposal
from orders.sizes.chart import Boxes, Drawn, boxes
from orders.sizes.days import Span
from orders.sizes.past import PROPOSABLE, Past, holder_seen, holders_seen, limits_of, past_of
from orders.sizes.present import is_in_force_at
from orders.sizes.proposal import Basis, Proposal, propose

_LABELS = {
    "holder": "For",
    "first_day": "First day",
    "last_day": "Last day",
    "share": "Quantile",
    "margin": "Times margin",
    "floor": "Largest that an override allowed",
}
_OPTIONS = {
    "share": list(SHARES.items()),
    "margin": [(each, each) for each in ("1", "1.25", "1.5", "2", "3")],
    "floor": [("kept", "stays possible"), ("left", "is left aside")],
}


@dataclass(frozen=True)
class Card:
    """What the page shows of one kind."""

    reasoned: Reasoned
    propose_url: str

    @property
    def title(self) -> str:
        """What the kind is called."""
        return title_of(self.reasoned.kind).capitalize()

    @property
    def meaning(self) -> str:
        """What a limit of the kind does."""
        return MEANINGS[self.reasoned.kind]

    @property
    def picture(self) -> Boxes | None:
        """What was admitted with the present limit and the proposed one, where a logarithmic scale can show it."""
        spread, limit = self.reasoned.proposal.spread, self.reasoned.limit
        if spread is None or spread.smallest == 0:
            return None
        present = limit.value if limit is not None and limit.value else None
        ends = {name: getattr(spread, name) for name in spread.__dataclass_fields__}
        found = self.reasoned.proposal.found
        return boxes([Drawn(**ends, limit=present, proposed=None if found is None else found.value)])


@require_safe
def limit_proposals_page(request: HttpRequest) -> HttpResponse:
    """Show what history speaks for, to who may see limits somewhere: of holders whose orders that person sees too."""
    return history_page(
        request,
        "compliance/limit_proposals.html",
        asks=AskedProposal,
        labels=_LABELS,
        found=_found,
        fields=_fields,
        title="Limit proposals",
        crumbs=[("Order sizes", reverse("admin:order_sizes"))],
    )


def _found(actor: Actor, asked: AskedProposal, span: Span) -> dict[str, Any]:
    if asked.holder is None:
        return {"holder": None}
    holder = holder_seen(actor, asked.holder)
    if holder is None:
        raise Http404("there is no such page for you")
    limits = limits_of(actor, holder)
    past = past_of(actor, holder, span, limits)
    may_propose = authority.may_on(actor, PROPOSE_LIMITS, holder if isinstance(holder, Account) else None)
    now = market_now()
    cards = []
    for kind in PROPOSABLE:
        limit = limits.get(kind)
        reasoned = Reasoned(
            kind=kind,
            holder=asked.holder,
            currency=holder.desk.firm.currency if isinstance(holder, Account) else "",
            span=span,
            proposal=_proposal(kind, asked, past, limit),
            limit=limit,
            limit_is_in_force=limit is not None and is_in_force_at(limit, now),
        )
        cards.append(Card(reasoned, _propose_url(reasoned) if may_propose else ""))
    return {"holder": asked.holder, "cards": cards, "may_propose": may_propose}


def _proposal(kind: LimitKind, asked: AskedProposal, past: Past, limit: Limit | None) -> Proposal:
    return propose(
        past.measured[kind],
        Basis(Decimal(asked.share), Decimal(asked.margin), keeps_allowed=asked.floor == "kept"),
        warn_at_percent=WARN_AT_PERCENT if limit is None else limit.warn_at_percent,
        allowed=past.allowed.get(kind),
    )


def _propose_url(reasoned: Reasoned) -> str:
    """Return the address of the form by which the value is asked for, with value and reason filled in; "" for none.

    What the limit has already is not asked for.
    """
    found, limit = reasoned.proposal.found, reasoned.limit
    if found is None or (limit is not None and limit.value == found.value):
        return ""
    given = {"value": decimal_text(found.value), "reason": reasoned.reason}
    if limit is not None:
        return f"{reverse('admin:orders_limit_propose', args=[limit.pk])}?{urlencode(given)}"
    url = reverse("admin:orders_limit_new", args=[reasoned.kind])
    return f"{url}?{urlencode({'holder': reasoned.holder, **given})}"


def _fields(actor: Actor, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the fields of the form above the page: with options those that are chosen from."""
    options = {**_OPTIONS, "holder": [(name, name) for name in holders_seen(actor)]}
    standing = {
        name: str(field.default) for name, field in AskedProposal.model_fields.items() if name in _OPTIONS
    }
    return form_fields(
        _LABELS, {**standing, **given}, options, lambda name: "Choose" if name == "holder" else ""
    )
