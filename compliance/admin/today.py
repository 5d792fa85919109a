"""The cards of compliance on the first page."""

from django.http import HttpRequest
from django.urls import reverse

from compliance import selectors
from compliance.actions import ACTIONS
from compliance.admin.log import reads_log
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
    """Return how far the audit log's tree reaches, to those who may read it."""
    if not reads_log(request):
        return None
    log = reverse("admin:compliance_leaf_changelist")
    checkpoint = selectors.last_checkpoint(actor_of(request))
    if checkpoint is None:
        return Summary(
            "Audit log",
            [Figure("entries in the tree", "0", log)],
            "No checkpoint yet: is the integrator running?",
        )
    figures = [
        Figure("entries in the tree", f"{checkpoint.tree_size:,}", log, "success"),
        Figure("last checkpoint (UTC)", moment(checkpoint.recorded_at), log, "quiet"),
    ]
    return Summary("Audit log", figures, "Verify all of it.", log)
