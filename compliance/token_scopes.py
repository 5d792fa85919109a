"""What a token opens of the API: groups of endpoints, of which its owner chose some. What is in no group opens to none.

A scope gives nothing: behind it the owner's own permissions decide as ever. It takes away all others, since each
endpoint stands with the permissions that it asks for.
"""

from collections.abc import Iterable
from enum import StrEnum


class TokenScope(StrEnum):
    """What a token is for."""

    READ = "read"
    TRADE = "trade"
    RISK = "risk"
    PROPOSE = "propose"
    APPROVE = "approve"
    AUDIT = "audit"
    OPERATE = "operate"
    TOKENS = "tokens"

    @property
    def meaning(self) -> str:
        """What it opens, for people."""
        return _MEANINGS[self]


LEAST = (TokenScope.READ,)
"""What a token opens where nobody says more."""
_MEANINGS = {
    TokenScope.READ: "see orders, positions, limits, costs and markets",
    TokenScope.TRADE: "place, preview, amend, cancel and work orders",
    TokenScope.RISK: "kill switches, trading states, overrides, throttles, cash",
    TokenScope.PROPOSE: "ask for changes that a second person decides on",
    TokenScope.APPROVE: "decide on what others asked for",
    TokenScope.AUDIT: "read the audit log, its proofs, cases and retention",
    TokenScope.OPERATE: "venue breaks, dead letters and event plugins",
    TokenScope.TOKENS: "make, rotate and revoke your own tokens, none that opens more",
}
_READ_OF_ORDERS = (
    "orders order order_decisions order_events order_executions order_slices order_run order_trigger"
    " order_costs"
)
_READ_OF_BOOKS = (
    "positions position position_lots exposures cash_movements exchange_rates costs order_sizes kill_switches"
    " kill_switch kill_switch_orders limits limit_utilisation"
)
_READ_OF_MARKETS = (
    "instruments accounts algorithms venues routing_rules market_data_figures market_data_report market_data_bars"
    " market_data_loads"
)
_GROUPS = (
    (TokenScope.READ, "GET", f"{_READ_OF_ORDERS} {_READ_OF_BOOKS} {_READ_OF_MARKETS}"),
    (
        TokenScope.TRADE,
        "POST",
        "orders order_preview order_plan order_cancel order_answers run_pause run_resume",
    ),
    (TokenScope.TRADE, "PATCH", "order order_run"),
    (TokenScope.RISK, "POST", "kill_switches order_override limit_reset cash_movements"),
    (TokenScope.RISK, "POST", "instrument_state market_state account_state"),
    (TokenScope.PROPOSE, "POST", "order_executions execution_bust execution_correct kill_switch_lift"),
    (TokenScope.PROPOSE, "POST", "limits limit_change limit_end retention_rules legal_holds legal_hold_lift"),
    (
        TokenScope.PROPOSE,
        "POST",
        "routing_rules routing_rule_end role_grants role_delegation role_revocation",
    ),
    (TokenScope.APPROVE, "GET", "approvals"),
    (TokenScope.APPROVE, "POST", "approval_approve approval_refuse"),
    (
        TokenScope.AUDIT,
        "GET",
        "order_audit order_changes order_audit_bundle order_replay audit_state audit_months",
    ),
    (
        TokenScope.AUDIT,
        "GET",
        "audit_checkpoint audit_consistency audit_leaf_proof audit_leaves retention_rules",
    ),
    (TokenScope.AUDIT, "GET", "legal_holds audit_cases audit_case audit_case_file audit_states role_grants"),
    (TokenScope.AUDIT, "POST", "audit_cases"),
    (TokenScope.OPERATE, "GET", "venue_breaks dead_letters event_subscriptions event_deliveries"),
    (
        TokenScope.OPERATE,
        "POST",
        "venue_break_settle dead_letter_retry dead_letter_discard event_delivery_repeat",
    ),
    (TokenScope.TOKENS, "GET", "tokens"),
    (TokenScope.TOKENS, "POST", "tokens token_rotate token_revoke"),
)
OPENED_BY = {(name, method): scope for scope, method, names in _GROUPS for name in names.split()}
"""The scope that opens an endpoint, by the name of its address and the method; HEAD is GET."""


def missing_scope(scopes: Iterable[str], name: str, method: str) -> TokenScope | None:
    """Return the scope that a token lacks for an endpoint, None where it has it. Raises KeyError for one in none."""
    needed = OPENED_BY[name, "GET" if method == "HEAD" else method]
    return None if needed in scopes else needed
