"""The six roles and why each may do what it may. Written to the database by services.roles.define_roles.

Segregation runs between the first line, which trades and asks for limits, and the second, which decides on them:
no role both trades and approves. Nobody approves what they asked for themselves, whatever their roles.
"""

from orders.permissions import (
    AMEND_ORDERS,
    APPROVE_EXECUTIONS,
    APPROVE_LIMITS,
    CANCEL_ORDERS,
    PLACE_ORDERS,
    PROPOSE_EXECUTIONS,
    PROPOSE_LIMITS,
    RECORD_RATES,
    VIEW_AUDIT,
    VIEW_LIMITS,
    VIEW_OPERATIONS,
    VIEW_ORDERS,
    WORK_ORDERS,
)

_TRADES = (
    VIEW_ORDERS,
    PLACE_ORDERS,
    AMEND_ORDERS,
    CANCEL_ORDERS,
    WORK_ORDERS,
    PROPOSE_EXECUTIONS,
    VIEW_LIMITS,
    VIEW_AUDIT,
)

ROLES: dict[str, tuple[str, ...]] = {
    # Works a desk's orders, and sees the trail of them: it is the trader's own evidence.
    "trader": _TRADES,
    # Answers for the desk, so asks for its limits.
    "desk_head": (*_TRADES, PROPOSE_LIMITS),
    # The second line: decides on limits and on what is done to executions, and may stop an order, but neither places
    # nor amends one. Records exchange rates, because who trades may not mark their own books.
    "risk_officer": (
        VIEW_ORDERS,
        CANCEL_ORDERS,
        VIEW_LIMITS,
        PROPOSE_LIMITS,
        APPROVE_LIMITS,
        APPROVE_EXECUTIONS,
        RECORD_RATES,
        VIEW_AUDIT,
    ),
    # Watches what was done and by whom; changes nothing.
    "compliance_officer": (VIEW_ORDERS, VIEW_LIMITS, VIEW_AUDIT),
    # Sees everything there is to see, the machinery too; changes nothing.
    "auditor": (VIEW_ORDERS, VIEW_LIMITS, VIEW_AUDIT, VIEW_OPERATIONS),
    # Keeps the machinery running: needs the order that a dead letter is about, and no say in it.
    "operator": (VIEW_ORDERS, VIEW_OPERATIONS),
}
