"""The tabs that orders itself gives to an order's page. The wiring lists them."""

from django.template.loader import render_to_string

from orders import selectors
from orders.decisions import decisions_of
from orders.hooks import OrderPanel
from orders.kernel.context import Actor
from orders.models import Order, OrderRevision
from orders.permissions import VIEW_ORDERS
from orders.risk.chart import picture

MOST_ROWS = 500
"""What a person still reads; the API pages through the rest."""


def _executions(actor: Actor, order: Order) -> str:
    fills = list(selectors.executions_of(order)[: MOST_ROWS + 1])
    context = {"order": order, "fills": fills[:MOST_ROWS], "cut": len(fills) > MOST_ROWS}
    return render_to_string("orders/panels/executions.html", context)


def _history(actor: Actor, order: Order) -> str:
    revisions = list(selectors.revisions_of(order)[: MOST_ROWS + 1])
    names = selectors.login_names(revision.actor for revision in revisions)
    rows = [
        {"revision": revision, "who": names[revision.actor], "changes": _changes(revision)}
        for revision in revisions[:MOST_ROWS]
    ]
    return render_to_string(
        "orders/panels/history.html", {"rows": rows, "cut": len(revisions) > MOST_ROWS, "most": MOST_ROWS}
    )


def _changes(revision: OrderRevision) -> list[tuple[str, str | None, str]]:
    """Return what a version changed: the column, its value before (None at the beginning) and after.

    What an order begins with as nothing, it does not tell.
    """
    before, after = revision.facts["before"], revision.facts["after"]
    told = [column for column in after if column in before or after[column] not in (None, "0")]
    return [(column, before.get(column), after[column]) for column in told]


def _risk(actor: Actor, order: Order) -> str:
    kept = [{"row": row, "picture": picture(row.decision)} for row in decisions_of(actor, order)]
    return render_to_string("orders/panels/risk.html", {"order": order, "kept": kept})


EXECUTIONS = OrderPanel(name="executions", title="Executions", permission=VIEW_ORDERS, render=_executions)
HISTORY = OrderPanel(name="history", title="History", permission=VIEW_ORDERS, render=_history)
RISK = OrderPanel(name="risk", title="Risk", permission=VIEW_ORDERS, render=_risk)
