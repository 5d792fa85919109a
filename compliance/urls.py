"""The addresses of compliance, below /api/v1/."""

from django.urls import path

from compliance.api.approvals import ApprovalApprove, ApprovalCollection, ApprovalRefuse
from compliance.api.audit import OrderAudit, OrderChanges
from compliance.api.event_deliveries import DeliveryCollection, DeliveryRepeat, SubscriptionCollection
from compliance.api.executions import ExecutionBust, ExecutionCorrection, OrderDeals
from compliance.api.kill_switches import KillSwitchLift
from compliance.api.limit_history import LimitUtilisation
from compliance.api.limits import LimitChange, LimitCollection, LimitEnd

app_name = "compliance"
urlpatterns = [
    path("orders/<uuid:order_id>/audit", OrderAudit.as_view(), name="order_audit"),
    path("orders/<uuid:order_id>/changes", OrderChanges.as_view(), name="order_changes"),
    path("orders/<uuid:order_id>/executions", OrderDeals.as_view(), name="order_executions"),
    path("executions/<uuid:execution_id>/bust", ExecutionBust.as_view(), name="execution_bust"),
    path("executions/<uuid:execution_id>/correct", ExecutionCorrection.as_view(), name="execution_correct"),
    path("kill_switches/<uuid:kill_switch_id>/lift", KillSwitchLift.as_view(), name="kill_switch_lift"),
    path("event_subscriptions", SubscriptionCollection.as_view(), name="event_subscriptions"),
    path("event_deliveries", DeliveryCollection.as_view(), name="event_deliveries"),
    path(
        "event_deliveries/<uuid:delivery_id>/repeat", DeliveryRepeat.as_view(), name="event_delivery_repeat"
    ),
    path("limits", LimitCollection.as_view(), name="limits"),
    path("limits/<uuid:limit_id>/change", LimitChange.as_view(), name="limit_change"),
    path("limits/<uuid:limit_id>/end", LimitEnd.as_view(), name="limit_end"),
    path("limits/<uuid:limit_id>/utilisation", LimitUtilisation.as_view(), name="limit_utilisation"),
    path("approvals", ApprovalCollection.as_view(), name="approvals"),
    path("approvals/<uuid:approval_id>/approve", ApprovalApprove.as_view(), name="approval_approve"),
    path("approvals/<uuid:approval_id>/refuse", ApprovalRefuse.as_view(), name="approval_refuse"),
]
