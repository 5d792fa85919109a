"""What compliance shows in the admin site."""

from compliance.admin.approvals import ApprovalAdmin
from compliance.admin.controls import controls_page
from compliance.admin.kill_switches import LiftableKillSwitchAdmin
from compliance.admin.limit_proposals import limit_proposals_page
from compliance.admin.limits import ChangeableLimitAdmin
from compliance.admin.log import LeafAdmin
from compliance.admin.order_sizes import order_sizes_page
from compliance.admin.today import approvals_today, log_today
from compliance.models import Approval, Leaf
from orders.kernel.admin import site
from orders.models import KillSwitch, Limit

site.register(Limit, ChangeableLimitAdmin)
site.register(KillSwitch, LiftableKillSwitchAdmin)
site.register(Approval, ApprovalAdmin)
site.register(Leaf, LeafAdmin)
site.add_page("controls/", controls_page, "controls")
site.add_page("order_sizes/", order_sizes_page, "order_sizes")
site.add_page("limit_proposals/", limit_proposals_page, "limit_proposals")
site.add_summary(approvals_today)
site.add_summary(log_today)
