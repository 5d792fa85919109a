"""What compliance shows in the admin site."""

from compliance.admin.approvals import ApprovalAdmin
from compliance.admin.cases import case_file, case_page, case_progress, cases_page, export_page
from compliance.admin.controls import controls_page
from compliance.admin.event_plugins import event_plugins_page, event_plugins_today, subscription_page
from compliance.admin.kill_switches import LiftableKillSwitchAdmin
from compliance.admin.limit_proposals import limit_proposals_page
from compliance.admin.limits import ChangeableLimitAdmin
from compliance.admin.log import LeafAdmin
from compliance.admin.log_state import log_state_page
from compliance.admin.order_sizes import order_sizes_page
from compliance.admin.password import password_page
from compliance.admin.proof_files import bundle_file, checkpoint_file, leaf_file, proof_file
from compliance.admin.retention import (
    lift_hold_page,
    place_hold_page,
    propose_retention_page,
    retention_page,
)
from compliance.admin.roles import delegate_page, propose_role_page, revoke_page, roles_page
from compliance.admin.sessions import account_page, end_session_page, sign_ins_page
from compliance.admin.sign_in import SignInForm
from compliance.admin.subscription_acts import (
    propose_page,
    repeat_delivery_page,
    repeat_parked_page,
    resume_page,
    stop_page,
)
from compliance.admin.today import approvals_today, log_today
from compliance.admin.tokens import make_token_page, revoke_token_page, rotate_token_page
from compliance.admin.venues import end_rule_page, propose_rule_page, venues_page
from compliance.models import Approval, Leaf
from orders.kernel.admin import site
from orders.models import KillSwitch, Limit

site.login_form = SignInForm
site.register(Limit, ChangeableLimitAdmin)
site.register(KillSwitch, LiftableKillSwitchAdmin)
site.register(Approval, ApprovalAdmin)
site.register(Leaf, LeafAdmin)
site.add_page("account/", account_page, "account")
site.add_page("sign_ins/", sign_ins_page, "sign_ins")
site.add_page("sessions/<uuid:session_id>/end/", end_session_page, "session_end")
site.add_page("account/tokens/make/", make_token_page, "token_make")
site.add_page("tokens/<uuid:token_id>/rotate/", rotate_token_page, "token_rotate")
site.add_page("tokens/<uuid:token_id>/revoke/", revoke_token_page, "token_revoke")
site.add_page("account/password/", password_page, "account_password")
site.add_page("log_state/", log_state_page, "log_state")
site.add_page("controls/", controls_page, "controls")
site.add_page("order_sizes/", order_sizes_page, "order_sizes")
site.add_page("limit_proposals/", limit_proposals_page, "limit_proposals")
site.add_page("venues/", venues_page, "venues")
site.add_page("venues/rules/propose/", propose_rule_page, "routing_rule_propose")
site.add_page("venues/rules/<uuid:rule_id>/end/", end_rule_page, "routing_rule_end")
site.add_page("retention/", retention_page, "retention")
site.add_page("retention/propose/", propose_retention_page, "retention_propose")
site.add_page("retention/holds/place/", place_hold_page, "hold_place")
site.add_page("retention/holds/<uuid:hold_id>/lift/", lift_hold_page, "hold_lift")
site.add_page("roles/", roles_page, "roles")
site.add_page("roles/propose/", propose_role_page, "role_propose")
site.add_page("roles/<uuid:grant_id>/delegate/", delegate_page, "role_delegate")
site.add_page("roles/<uuid:grant_id>/revoke/", revoke_page, "role_revoke")
site.add_page("audit/checkpoint", checkpoint_file, "audit_checkpoint")
site.add_page("audit/leaves/<int:sequence>/proof", proof_file, "audit_proof")
site.add_page("audit/leaves/<int:sequence>/leaf", leaf_file, "audit_leaf")
site.add_page("audit/orders/<uuid:order_id>/bundle", bundle_file, "audit_bundle")
site.add_page("audit/cases/", cases_page, "audit_cases")
site.add_page("audit/cases/export/", export_page, "audit_case_export")
site.add_page("audit/cases/<uuid:case_id>/", case_page, "audit_case")
site.add_page("audit/cases/<uuid:case_id>/progress", case_progress, "audit_case_progress")
site.add_page("audit/cases/<uuid:case_id>/file", case_file, "audit_case_file")
site.add_page("event_plugins/", event_plugins_page, "event_plugins")
site.add_page("event_plugins/propose/", propose_page, "event_subscription_propose")
_SUBSCRIPTION = "event_plugins/<uuid:subscription_id>/"
site.add_page(_SUBSCRIPTION, subscription_page, "event_subscription")
site.add_page(f"{_SUBSCRIPTION}stop/", stop_page, "event_subscription_stop")
site.add_page(f"{_SUBSCRIPTION}resume/", resume_page, "event_subscription_resume")
site.add_page(f"{_SUBSCRIPTION}repeat/", repeat_parked_page, "event_subscription_repeat")
site.add_page(
    "event_plugins/deliveries/<uuid:delivery_id>/repeat/", repeat_delivery_page, "event_delivery_repeat"
)
site.add_summary(approvals_today)
site.add_summary(event_plugins_today)
site.add_summary(log_today)
