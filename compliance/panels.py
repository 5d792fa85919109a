"""The tab that compliance gives to an order's page. The wiring lists it."""

from datetime import date

from django.template.loader import render_to_string

from compliance.models import Leaf
from compliance.month_reads import archived_through
from compliance.selectors import changes_of, leaf_hash_text, trail_of
from compliance.told import row_changes, said_in, told_by
from orders.hooks import OrderPanel
from orders.kernel.context import Actor
from orders.models import Order
from orders.permissions import VIEW_AUDIT
from orders.selectors import login_names

MOST_ROWS = 500
"""What a person still reads; the API pages through the rest."""


def _trail(actor: Actor, order: Order) -> str:
    leaves = list(trail_of(actor, order)[: MOST_ROWS + 1])
    changed = list(changes_of(actor, order)[: MOST_ROWS + 1])
    names = _names([*leaves, *changed])
    rows = [
        {
            "leaf": leaf,
            "who": names[leaf.actor],
            "whom": names.get(_stood_in_for(leaf)),
            "hash": leaf_hash_text(leaf),
            "told": told_by(leaf.body),
        }
        for leaf in leaves[:MOST_ROWS]
    ]
    changes = [
        {
            "leaf": leaf,
            "who": names[leaf.actor],
            "whom": names.get(_stood_in_for(leaf)),
            "service": said_in(leaf.body).get("service"),
            "columns": row_changes(leaf.body),
        }
        for leaf in changed[:MOST_ROWS]
    ]
    context = {
        "order": order,
        "archived_through": _archived_through(order),
        "rows": rows,
        "cut": len(leaves) > MOST_ROWS,
        "changes": changes,
        "changes_cut": len(changed) > MOST_ROWS,
    }
    return render_to_string("compliance/panels/trail.html", context)


def _names(leaves: list[Leaf]) -> dict[str, str]:
    return login_names([*(leaf.actor for leaf in leaves), *filter(None, map(_stood_in_for, leaves))])


def _stood_in_for(leaf: Leaf) -> str:
    """In whose place the actor acted, by a grant that was delegated; "" in nobody's."""
    whom, _, grant = (said_in(leaf.body).get("on_behalf_of") or "").partition(" ")
    return whom if grant else ""


def _archived_through(order: Order) -> date | None:
    """Return through which month leaves are archived, None where this order has none in them."""
    through = archived_through()
    placed = order.recorded_at.date()
    return None if through is None or (placed.year, placed.month) > (through.year, through.month) else through


TRAIL = OrderPanel(name="trail", title="Trail", permission=VIEW_AUDIT, render=_trail)
