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
VIEW_AUDIT = "view_audit"
VIEW_OPERATIONS = "view_operations"
RECORD_RATES = "record_rates"

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
    (VIEW_AUDIT, "See the audit log and verify it"),
    (VIEW_OPERATIONS, "See venue orders, reports and dead letters"),
    (RECORD_RATES, "Record exchange rates, which convert everyone's figures"),
)
