"""The vocabulary of permissions. Each can be granted on a firm, a desk or an account, and reaches downwards."""

VIEW_ORDERS = "view_orders"
PLACE_ORDERS = "place_orders"
AMEND_ORDERS = "amend_orders"
CANCEL_ORDERS = "cancel_orders"
WORK_ORDERS = "work_orders"
PROPOSE_EXECUTIONS = "propose_executions"
APPROVE_EXECUTIONS = "approve_executions"
VIEW_LIMITS = "view_limits"
PROPOSE_LIMITS = "propose_limits"
APPROVE_LIMITS = "approve_limits"
OVERRIDE_LIMITS = "override_limits"
RESET_THROTTLES = "reset_throttles"
CHANGE_STATES = "change_states"
ENGAGE_KILL_SWITCH = "engage_kill_switch"
LIFT_KILL_SWITCH = "lift_kill_switch"
VIEW_AUDIT = "view_audit"
VIEW_OPERATIONS = "view_operations"
SETTLE_OPERATIONS = "settle_operations"
PROPOSE_SUBSCRIPTIONS = "propose_subscriptions"
APPROVE_SUBSCRIPTIONS = "approve_subscriptions"
PROPOSE_ROUTING = "propose_routing"
APPROVE_ROUTING = "approve_routing"
VIEW_SIGN_INS = "view_sign_ins"
MANAGE_SIGN_INS = "manage_sign_ins"
PROPOSE_RETENTION = "propose_retention"
APPROVE_RETENTION = "approve_retention"
PROPOSE_ROLES = "propose_roles"
APPROVE_ROLES = "approve_roles"
RECORD_RATES = "record_rates"
RECORD_CASH = "record_cash"

PERMISSIONS = (
    (VIEW_ORDERS, "See orders, executions and positions"),
    (PLACE_ORDERS, "Place orders"),
    (AMEND_ORDERS, "Amend orders"),
    (CANCEL_ORDERS, "Cancel orders"),
    (WORK_ORDERS, "Answer for orders that are worked by hand"),
    (PROPOSE_EXECUTIONS, "Propose a bust, a correction or a fill by hand"),
    (APPROVE_EXECUTIONS, "Approve a bust, a correction or a fill that somebody else proposed"),
    (VIEW_LIMITS, "See limits"),
    (PROPOSE_LIMITS, "Propose a change of a limit"),
    (APPROVE_LIMITS, "Approve a change of a limit that somebody else proposed"),
    (OVERRIDE_LIMITS, "Let a refused order of another person be placed once"),
    (RESET_THROTTLES, "Let a throttled algorithm be used again"),
    (CHANGE_STATES, "Halt and resume instruments, markets and accounts"),
    (ENGAGE_KILL_SWITCH, "Engage a kill switch, and ask that one be lifted"),
    (LIFT_KILL_SWITCH, "Lift a kill switch when somebody else asked for it"),
    (VIEW_AUDIT, "See the audit log and verify it"),
    (VIEW_OPERATIONS, "See venue orders, reports and dead letters"),
    (SETTLE_OPERATIONS, "Retry and discard dead letters"),
    (PROPOSE_SUBSCRIPTIONS, "Propose which events a plugin is told, and what leaves the house by it"),
    (APPROVE_SUBSCRIPTIONS, "Approve a plugin's subscription that somebody else proposed"),
    (PROPOSE_ROUTING, "Propose a rule by which orders go to a venue"),
    (APPROVE_ROUTING, "Approve a routing rule that somebody else proposed"),
    (VIEW_SIGN_INS, "See everybody's sessions and tokens"),
    (MANAGE_SIGN_INS, "End sessions and revoke tokens of others"),
    (PROPOSE_RETENTION, "Place a legal hold, and propose how long records are kept or that a hold be lifted"),
    (APPROVE_RETENTION, "Approve a retention rule, or the lifting of a hold, that somebody else proposed"),
    (PROPOSE_ROLES, "Propose who holds which role, and that a role be taken back"),
    (APPROVE_ROLES, "Approve a role, a delegation or a revocation that somebody else proposed"),
    (RECORD_RATES, "Record exchange rates, which convert everyone's figures"),
    (RECORD_CASH, "Record cash that comes into an account or leaves it"),
)
