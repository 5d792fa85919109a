"""The cards of compliance on the first page."""

from django.http import HttpRequest
from django.urls import reverse

from compliance import selectors
from compliance.actions import ACTIONS
from compliance.admin.log import reads_log
from compliance.log_state import LogState, log_state
from compliance.models import CopyState
from orders.admin.granted import held
from orders.kernel.admin import Figure, Summary, actor_of
from orders.kernel.admin.figures import moment
from orders.permissions import VIEW_LIMITS

MOST = 100
"""More waiting approvals than this are not counted one by one."""


def approvals_today(request: HttpRequest) -> Summary | None:
    """Return how many approvals wait, and for whom, to those who may see limits."""
    if VIEW_LIMITS not in held(request):
        return None
    waiting = selectors.inbox(actor_of(request)).filter(waits=True)
    makers = list(waiting.values_list("maker_id", flat=True)[: MOST + 1])
    own = sum(maker == request.user.pk for maker in makers)
    inbox = reverse("admin:compliance_approval_changelist")
    number = f"{MOST}+" if len(makers) > MOST else str(len(makers))
    figures = [Figure("waiting", number, inbox, "warning" if makers else "quiet")]
    others = len(makers) - own
    return Summary(
        "Approvals",
        figures,
        *_next_step(others, own, any(action.decided_with in held(request) for action in ACTIONS.values())),
    )


def _next_step(others: int, own: int, may_approve: bool) -> tuple[str, str]:
    inbox = reverse("admin:compliance_approval_changelist")
    if others and may_approve:
        return "Somebody waits for your decision: approve or refuse with a reason.", inbox
    if own:
        return "What you proposed waits for a second person.", inbox
    return ("Others have to decide.", inbox) if others else ("Nothing waits for a decision.", "")


def log_today(request: HttpRequest) -> Summary | None:
    """Return how far the log reaches, how far it holds, and what needs somebody, to those who may read it."""
    if not reads_log(request):
        return None
    log, page = reverse("admin:compliance_leaf_changelist"), reverse("admin:log_state")
    checkpoint = selectors.last_checkpoint(actor_of(request))
    if checkpoint is None:
        return Summary(
            "Audit log",
            [Figure("entries in the tree", "0", log)],
            "No checkpoint yet: is the integrator running?",
        )
    state = log_state(actor_of(request))
    figures = [
        Figure("entries in the tree", f"{checkpoint.tree_size:,}", log, "success"),
        Figure("last checkpoint (UTC)", moment(checkpoint.recorded_at), log, "quiet"),
        _verified(state, page),
        _outside(state, page),
    ]
    alerts = state.alerts
    sentence = alerts[0].sentence if alerts else "Every entry is verified again and again."
    return Summary("Audit log", figures, sentence, page)


def _verified(state: LogState, page: str) -> Figure:
    """How many entries hold, and since when that is known of all of them; red with where it breaks."""
    if state.watch is not None and state.is_broken:
        where = state.watch.broken_sequence
        return Figure("broken at entry", "-" if where is None else f"{where:,}", page, "danger")
    if state.watch is None or state.pass_age_s is None:
        return Figure(
            "entries verified",
            "0" if state.watch is None else f"{state.watch.verified_size:,}",
            page,
            "warning",
        )
    label = f"entries verified, last pass {state.pass_age_s} s ago"
    return Figure(label, f"{state.watch.verified_size:,}", page, "success" if state.is_watched else "danger")


def _outside(state: LogState, page: str) -> Figure:
    """How many places outside the database agree."""
    asked = state.outside
    agreeing = sum(copy.state == CopyState.AGREES for copy in asked)
    is_grave = any(alert.is_grave for alert in state.copy_alerts)
    tone = "danger" if is_grave else "success" if asked and agreeing == len(asked) else "warning"
    return Figure("copies outside that agree", f"{agreeing} of {len(asked)}", page, tone)
