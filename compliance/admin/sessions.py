"""Sessions on pages: a person's own, everybody's, and ending one."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from compliance.admin.subscription_acts import ReasonForm
from compliance.commands import GiveReason
from compliance.services.sessions import revoke_session
from compliance.session_reads import (
    ended_sessions_for,
    sees_sign_ins,
    session_for,
    sessions_for,
    sessions_of,
)
from compliance.sessions import session_id_of
from compliance.token_reads import tokens_for, tokens_of
from orders import authority
from orders.kernel.admin import ActPage, acting, actor_of, site
from orders.kernel.clock import recorded_now
from orders.permissions import MANAGE_SIGN_INS

MOST_ROWS = 200


@require_safe
def account_page(request: HttpRequest) -> HttpResponse:
    """Show a person their own sessions, and the way to another password."""
    context = {
        "title": "Your account",
        "sessions": list(sessions_of(actor_of(request))[:MOST_ROWS]),
        "tokens": list(tokens_of(actor_of(request))[:MOST_ROWS]),
        "now": recorded_now(),
        "this_session": session_id_of(request),
    }
    return site.page(request, "compliance/account.html", context)


@require_safe
def sign_ins_page(request: HttpRequest) -> HttpResponse:
    """Show everybody's sessions to who may see them."""
    actor = actor_of(request)
    if not sees_sign_ins(actor):
        raise PermissionDenied
    going_on, ended, tokens = (
        list(rows[: MOST_ROWS + 1])
        for rows in (sessions_for(actor), ended_sessions_for(actor), tokens_for(actor))
    )
    context = {
        "title": "Sign-ins",
        "sessions": going_on[:MOST_ROWS],
        "ended": ended[:MOST_ROWS],
        "tokens": tokens[:MOST_ROWS],
        "are_more": max(len(going_on), len(ended), len(tokens)) > MOST_ROWS,
        "now": recorded_now(),
        "may_end": authority.may_everywhere(actor, MANAGE_SIGN_INS),
        "this_session": session_id_of(request),
    }
    return site.page(request, "compliance/sign_ins.html", context)


@acting
def end_session_page(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Show what ending a session does, or end it: one's own at once, another person's with a reason."""
    actor = actor_of(request)
    session = session_for(actor, session_id)
    if session is None:
        raise Http404("there is no such page for you")
    is_own = session.user_id == actor.user_id

    def perform(given: dict[str, Any]) -> str:
        reason = "" if is_own else GiveReason.model_validate(given).reason
        revoke_session(actor=actor, session_id=session_id, reason=reason)
        return f"The session of {session.user.username} is over."

    form = (forms.Form if is_own else ReasonForm)(request.POST if request.method == "POST" else None)
    back = reverse("admin:account" if is_own else "admin:sign_ins")
    context = {
        "heading": f"End a session of {session.user.username}",
        "meaning": "Whoever uses it is asked for name and password at the next click.",
        "session": session,
        "submit": "End it",
        "tone": "danger",
    }
    return ActPage(site, "End a session", form, perform, back, "compliance/own_act.html", context).answer(
        request
    )
