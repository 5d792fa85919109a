"""The timeline of an object, or of one piece of work: its leaves in order, what each changed side by side."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from compliance.month_reads import archived_through
from compliance.search import AskedLeaves, Place, oldest_leaves, searched_through
from compliance.selectors import leaf_hash_text
from compliance.states import has_states, state_for
from compliance.told import spelled, told_by
from orders.kernel.admin import actor_of
from orders.kernel.context import Actor
from orders.kernel.errors import DomainError
from orders.kernel.moments import moment_text, parse_moment
from orders.selectors import login_names

MOST_LEAVES = 100
CRITERIA = ("object_type", "object_id", "correlation_id")
"""What a timeline is of: an object by its id, with its type where ids of several are alike, or one piece of work."""


def timeline_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows of what the address asks for. Raises BadRequest for what is no timeline."""
    asked, after, at = _asked(request)
    actor = actor_of(request)
    leaves = oldest_leaves(actor, asked, after=after, most=MOST_LEAVES + 1)
    shown = leaves[:MOST_LEAVES]
    names = login_names(leaf.actor for leaf in shown)
    criteria = asked.model_dump(exclude_none=True)
    following = urlencode({**criteria, "after": str(shown[-1].place)}) if len(leaves) > MOST_LEAVES else ""
    return {
        "title": f"Timeline of {_subject(asked)}",
        **_as_at(actor, asked, at),
        "steps": [
            {
                "leaf": leaf,
                "who": names[leaf.actor],
                "told": told_by(leaf.body),
                "hash": leaf_hash_text(leaf),
                "then": urlencode({**criteria, "at": moment_text(leaf.recorded_at)}),
            }
            for leaf in shown
        ],
        "asked": asked,
        "searched_through": searched_through(actor),
        "archived_through": archived_through(),
        "following": following,
        "first": urlencode(criteria) if after is not None else "",
        "case_query": urlencode(criteria),
        "list_url": f"{reverse('admin:compliance_leaf_changelist')}?{urlencode(criteria)}",
    }


def timeline_url(**criteria: str) -> str:
    """Return the address of a timeline."""
    return f"{reverse('admin:compliance_leaf_timeline')}?{urlencode(criteria)}"


def _as_at(actor: Actor, asked: AskedLeaves, at: str) -> dict[str, Any]:
    """Return the field for a moment, and the object as it was at the one that is asked for."""
    if asked.object_id is None or not has_states(asked.object_type):
        return {}
    shown: dict[str, Any] = {"has_states": True, "at": at}
    if not at:
        return shown
    try:
        moment = parse_moment(at.strip())
        state = state_for(actor, str(asked.object_type), asked.object_id, moment)
    except DomainError as error:
        return {**shown, "no_state": f"{error.detail}. {error.advice}"}
    except ValueError:
        return {**shown, "no_state": "Give a moment with its offset, such as 2026-11-27T14:03:07Z."}
    names = login_names(column.change.leaf.actor for column in state.row.columns)
    rows = [(each, spelled(each.value), names[each.change.leaf.actor]) for each in state.row.columns]
    return {**shown, "at": moment_text(moment), "state": state, "columns": rows}


def _asked(request: HttpRequest) -> tuple[AskedLeaves, Place | None, str]:
    given = {name: str(value) for name, value in request.GET.items() if value}
    after, at = given.pop("after", None), given.pop("at", "")
    try:
        asked = AskedLeaves.model_validate(given)
        place = None if after is None else Place.parse(after)
    except ValueError as error:
        raise BadRequest("no timeline is asked for") from error
    if (
        set(given) - set(CRITERIA)
        or not (asked.object_id or asked.correlation_id)
        or "\0" in "".join(given.values())
    ):
        raise BadRequest("no timeline is asked for")
    return asked, place, at


def _subject(asked: AskedLeaves) -> str:
    if asked.object_id is None:
        return f"the piece of work {asked.correlation_id}"
    return f"{asked.object_type or 'object'} {asked.object_id}"
