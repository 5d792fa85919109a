"""The cards of execution on the first page."""

from django.http import HttpRequest
from django.urls import reverse

from execution.admin.operations import PATIENCE
from execution.at_work import alarms_at_work
from execution.breaks import open_breaks
from execution.dead_letters import MOST_ROWS, dead_letters
from execution.run_words import Alarm
from execution.selectors import unresolved_venue_orders
from orders.admin.granted import held
from orders.kernel.admin import Figure, Summary, actor_of
from orders.kernel.admin.figures import words
from orders.permissions import VIEW_OPERATIONS, VIEW_ORDERS


def operations_today(request: HttpRequest) -> Summary | None:
    """Return how many dead letters, breaks and unresolved venue orders there are, to those who may see operations."""
    if VIEW_OPERATIONS not in held(request):
        return None
    letters = dead_letters(actor_of(request))
    dead, may_settle = len(letters), any(letter.may_settle for letter in letters)
    waiting = unresolved_venue_orders(actor_of(request), older_than=PATIENCE)
    unresolved = len(waiting.values_list("pk")[:MOST_ROWS])
    breaks = len(open_breaks(actor_of(request)))
    page = reverse("admin:operations")
    figures = [
        Figure("dead letters", str(dead), page, "danger" if dead else "quiet"),
        Figure("breaks with the venue", str(breaks), page, "danger" if breaks else "quiet"),
        Figure("unresolved venue orders", str(unresolved), page, "warning" if unresolved else "quiet"),
    ]
    return Summary(
        "Operations",
        figures,
        _next_step(dead, breaks, unresolved, may_settle=may_settle),
        page if dead or breaks or unresolved else "",
    )


def _next_step(dead: int, breaks: int, unresolved: int, *, may_settle: bool) -> str:
    if dead and may_settle:
        return "Read each dead letter's last error, then retry or discard it."
    if dead:
        return "An operator has to retry or discard the dead letters."
    if breaks:
        return "The venue's record and ours disagree: settle it with the venue."
    if unresolved:
        return "The venue has not answered for some orders: they are asked about again by themselves."
    return "Nothing needs you."


def working_today(request: HttpRequest) -> Summary | None:
    """Return how many orders are at work, and how many of them somebody should look at, to those who see orders."""
    if VIEW_ORDERS not in held(request):
        return None
    counted, page = alarms_at_work(actor_of(request)), reverse("admin:working")
    figures = [Figure("at work", f"{counted['all']:,}", page, "info" if counted["all"] else "quiet")]
    for alarm in Alarm:
        if number := counted[alarm]:
            tone = "danger" if alarm is Alarm.DEAD_LETTER else "warning"
            figures.append(Figure(words(alarm), f"{number:,}", f"{page}?alarm={alarm}", tone))
    needs = len(figures) > 1
    return Summary("Working orders", figures, _about(counted["all"], needs), page if counted["all"] else "")


def _about(at_work: int, needs_somebody: bool) -> str:
    if needs_somebody:
        return "Look at those with an alarm: the worst stand first."
    return "All of them go as they should." if at_work else "No order is at work."
