"""The nine roles and why each may do what it may. Written to the database by services.roles.define_roles.

Segregation runs between the first line, which trades and asks for limits, and the second, which decides on them:
no role both trades and approves. Nobody approves what they asked for themselves, whatever their roles. Which roles
nobody holds together stands in segregation.py.
"""

from orders.permissions import (
    AMEND_ORDERS,
    APPROVE_EXECUTIONS,
    APPROVE_LIMITS,
    APPROVE_RETENTION,
    APPROVE_ROLES,
    APPROVE_ROUTING,
    APPROVE_SUBSCRIPTIONS,
    CANCEL_ORDERS,
    CHANGE_STATES,
    ENGAGE_KILL_SWITCH,
    LIFT_KILL_SWITCH,
    MANAGE_SIGN_INS,
    OVERRIDE_LIMITS,
    PLACE_ORDERS,
    PROPOSE_EXECUTIONS,
    PROPOSE_LIMITS,
    PROPOSE_RETENTION,
    PROPOSE_ROLES,
    PROPOSE_ROUTING,
    PROPOSE_SUBSCRIPTIONS,
    RECORD_CASH,
    RECORD_RATES,
    RESET_THROTTLES,
    SETTLE_OPERATIONS,
    VIEW_AUDIT,
    VIEW_LIMITS,
    VIEW_OPERATIONS,
    VIEW_ORDERS,
    VIEW_SIGN_INS,
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
    # Answers for the desk, so asks for its limits, its venues and its people and can stop it at once; another lifts
    # the switch.
    "desk_head": (*_TRADES, PROPOSE_LIMITS, PROPOSE_ROUTING, PROPOSE_ROLES, ENGAGE_KILL_SWITCH),
    # Decides what an account buys and sells, and sees the trail of it. How an order is worked, and what was wrong
    # with an execution, is the desk's to answer for.
    "portfolio_manager": (
        VIEW_ORDERS,
        PLACE_ORDERS,
        AMEND_ORDERS,
        CANCEL_ORDERS,
        VIEW_LIMITS,
        VIEW_AUDIT,
    ),
    # The second line: decides on limits and on what is done to executions, and may stop an order, but neither places
    # nor amends one. Records exchange rates, because who trades may not mark their own books. Asks who is to hold which
    # role; the compliance officer agrees.
    "risk_officer": (
        VIEW_ORDERS,
        CANCEL_ORDERS,
        VIEW_LIMITS,
        PROPOSE_LIMITS,
        APPROVE_LIMITS,
        APPROVE_EXECUTIONS,
        APPROVE_RETENTION,
        APPROVE_ROUTING,
        PROPOSE_ROLES,
        OVERRIDE_LIMITS,
        RESET_THROTTLES,
        CHANGE_STATES,
        ENGAGE_KILL_SWITCH,
        LIFT_KILL_SWITCH,
        RECORD_RATES,
        RECORD_CASH,
        VIEW_AUDIT,
    ),
    # Watches what was done and by whom; changes nothing, but may stop what goes wrong and has a say in going on, and in
    # what leaves the house by an event plugin or goes to which venue: so sees the machinery, too. Holds what a lawyer
    # asks for, and proposes how long records are kept; the risk officer agrees. Agrees to who holds which role.
    "compliance_officer": (
        VIEW_ORDERS,
        VIEW_LIMITS,
        ENGAGE_KILL_SWITCH,
        LIFT_KILL_SWITCH,
        APPROVE_ROUTING,
        APPROVE_SUBSCRIPTIONS,
        APPROVE_ROLES,
        PROPOSE_RETENTION,
        VIEW_AUDIT,
        VIEW_OPERATIONS,
        VIEW_SIGN_INS,
    ),
    # Watches who read and changed what, which is in the log; decides nothing, so that no decision on personal data is
    # their own. What is there for personal data itself comes with its tools.
    "data_protection_officer": (VIEW_AUDIT,),
    # Sees everything there is to see, the machinery too; changes nothing.
    "auditor": (VIEW_ORDERS, VIEW_LIMITS, VIEW_AUDIT, VIEW_OPERATIONS, VIEW_SIGN_INS),
    # Keeps the machinery running: needs the order that a dead letter is about, and has a say in it only where the
    # machinery gave up, once the venue or the trader was asked. Asks for event plugins and for routes when a venue is
    # away; another agrees to them. Ends sessions and revokes tokens of others: at night nobody else is there.
    "operator": (
        VIEW_ORDERS,
        VIEW_OPERATIONS,
        SETTLE_OPERATIONS,
        PROPOSE_SUBSCRIPTIONS,
        PROPOSE_ROUTING,
        VIEW_SIGN_INS,
        MANAGE_SIGN_INS,
    ),
    # A program: places, amends, cancels and reads by its token. It holds no right that a person decides by, and its
    # login does not enter the admin site.
    "api_client": (VIEW_ORDERS, PLACE_ORDERS, AMEND_ORDERS, CANCEL_ORDERS, VIEW_LIMITS),
}
