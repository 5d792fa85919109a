"""The addresses of compliance, below /api/v1/."""

from django.urls import path

from compliance.api.approvals import ApprovalApprove, ApprovalCollection, ApprovalRefuse
from compliance.api.audit import LeafCollection, OrderAudit, OrderChanges
from compliance.api.cases import CaseCollection, CaseDownload, CaseItem
from compliance.api.event_deliveries import DeliveryCollection, DeliveryRepeat, SubscriptionCollection
from compliance.api.executions import ExecutionBust, ExecutionCorrection, OrderDeals
from compliance.api.kill_switches import KillSwitchLift
from compliance.api.limit_history import LimitUtilisation
from compliance.api.limits import LimitChange, LimitCollection, LimitEnd
from compliance.api.log_state import AuditState
from compliance.api.proofs import AuditCheckpoint, AuditConsistency, LeafProof, OrderBundle
from compliance.api.replay import OrderReplay
from compliance.api.retention import AuditMonths, LegalHoldLift, LegalHolds, RetentionRules
from compliance.api.role_grants import RoleDelegation, RoleGrantCollection, RoleRevocation
from compliance.api.routing_rules import RoutingRuleCollection, RoutingRuleEnd
from compliance.api.states import ObjectStates
from compliance.api.tokens import TokenCollection, TokenRevoke, TokenRotate

app_name = "compliance"
urlpatterns = [
    path("orders/<uuid:order_id>/audit", OrderAudit.as_view(), name="order_audit"),
    path("orders/<uuid:order_id>/changes", OrderChanges.as_view(), name="order_changes"),
    path("orders/<uuid:order_id>/audit/bundle", OrderBundle.as_view(), name="order_audit_bundle"),
    path("audit/state", AuditState.as_view(), name="audit_state"),
    path("audit/states", ObjectStates.as_view(), name="audit_states"),
    path("audit/months", AuditMonths.as_view(), name="audit_months"),
    path("audit/checkpoint", AuditCheckpoint.as_view(), name="audit_checkpoint"),
    path("audit/consistency", AuditConsistency.as_view(), name="audit_consistency"),
    path("audit/leaves/<int:sequence>/proof", LeafProof.as_view(), name="audit_leaf_proof"),
    path("orders/<uuid:order_id>/replay", OrderReplay.as_view(), name="order_replay"),
    path("audit/leaves", LeafCollection.as_view(), name="audit_leaves"),
    path("audit/cases", CaseCollection.as_view(), name="audit_cases"),
    path("audit/cases/<uuid:case_id>", CaseItem.as_view(), name="audit_case"),
    path("audit/cases/<uuid:case_id>/file", CaseDownload.as_view(), name="audit_case_file"),
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
    path("retention_rules", RetentionRules.as_view(), name="retention_rules"),
    path("legal_holds", LegalHolds.as_view(), name="legal_holds"),
    path("legal_holds/<uuid:hold_id>/lift", LegalHoldLift.as_view(), name="legal_hold_lift"),
    path("role_grants", RoleGrantCollection.as_view(), name="role_grants"),
    path("role_grants/<uuid:grant_id>/delegate", RoleDelegation.as_view(), name="role_delegation"),
    path("role_grants/<uuid:grant_id>/revoke", RoleRevocation.as_view(), name="role_revocation"),
    path("routing_rules", RoutingRuleCollection.as_view(), name="routing_rules"),
    path("routing_rules/<uuid:rule_id>/end", RoutingRuleEnd.as_view(), name="routing_rule_end"),
    path("tokens", TokenCollection.as_view(), name="tokens"),
    path("tokens/<uuid:token_id>/rotate", TokenRotate.as_view(), name="token_rotate"),
    path("tokens/<uuid:token_id>/revoke", TokenRevoke.as_view(), name="token_revoke"),
    path("approvals", ApprovalCollection.as_view(), name="approvals"),
    path("approvals/<uuid:approval_id>/approve", ApprovalApprove.as_view(), name="approval_approve"),
    path("approvals/<uuid:approval_id>/refuse", ApprovalRefuse.as_view(), name="approval_refuse"),
]
