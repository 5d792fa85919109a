"""What stands in the admin's side bar: for each person only what their grants open."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from compliance.admin.log import reads_log
from compliance.session_reads import sees_sign_ins
from orders import permissions
from orders.admin.granted import held
from orders.kernel.admin import actor_of

_ANY = "any"
"""Shown to whom any permission is granted."""

_ITEMS = [
    ("Today", "today", "admin:index", None),
    ("Orders", "list_alt", "admin:orders_order_changelist", permissions.VIEW_ORDERS),
    ("Working orders", "pending_actions", "admin:working", permissions.VIEW_ORDERS),
    ("Refused orders", "block", "admin:orders_riskdecision_changelist", permissions.VIEW_ORDERS),
    ("Market data", "candlestick_chart", "admin:market_data", permissions.VIEW_ORDERS),
    ("Positions", "balance", "admin:orders_position_changelist", permissions.VIEW_ORDERS),
    ("Costs", "payments", "admin:costs", permissions.VIEW_ORDERS),
    ("Limits", "speed", "admin:orders_limit_changelist", permissions.VIEW_LIMITS),
    ("Stress", "query_stats", "admin:stress", permissions.VIEW_LIMITS),
    ("Order sizes", "straighten", "admin:order_sizes", permissions.VIEW_LIMITS),
    ("Kill switches", "emergency_home", "admin:orders_killswitch_changelist", permissions.VIEW_ORDERS),
    ("Trading states", "pause_circle", "admin:orders_instrument_changelist", permissions.VIEW_ORDERS),
    ("Controls", "rule", "admin:controls", permissions.VIEW_LIMITS),
    ("Approvals", "approval", "admin:compliance_approval_changelist", permissions.VIEW_LIMITS),
    ("Roles", "badge", "admin:roles", _ANY),
    ("Audit log", "history_edu", "admin:compliance_leaf_changelist", permissions.VIEW_AUDIT),
    ("Retention", "inventory_2", "admin:retention", permissions.VIEW_AUDIT),
    ("Sign-ins", "login", "admin:sign_ins", permissions.VIEW_SIGN_INS),
    ("Operations", "build", "admin:operations", permissions.VIEW_OPERATIONS),
    ("Venues", "route", "admin:venues", permissions.VIEW_ORDERS),
    ("Event plugins", "webhook", "admin:event_plugins", permissions.VIEW_OPERATIONS),
]


def _is_shown(request: HttpRequest, permission: str | None) -> bool:
    if permission == permissions.VIEW_AUDIT:
        return reads_log(request)  # view_audit on some accounts opens their orders' trails, not the log
    if permission == _ANY:
        return bool(held(request))
    if permission == permissions.VIEW_SIGN_INS:
        return permission in held(request) and sees_sign_ins(actor_of(request))
    return permission is None or permission in held(request)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the side bar, as unfold wants them."""
    shown = [item for item in _ITEMS if _is_shown(request, item[3])]
    items = [{"title": title, "icon": icon, "link": reverse(name)} for title, icon, name, _ in shown]
    return [{"items": items}]
