"""Permissions to see everybody's sessions and tokens, and to end and revoke them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0018_roles"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="account",
            options={
                "default_permissions": (),
                "ordering": ("code",),
                "permissions": (
                    ("view_orders", "See orders, executions and positions"),
                    ("place_orders", "Place orders"),
                    ("amend_orders", "Amend orders"),
                    ("cancel_orders", "Cancel orders"),
                    ("work_orders", "Answer for orders that are worked by hand"),
                    ("propose_executions", "Propose a bust, a correction or a fill by hand"),
                    (
                        "approve_executions",
                        "Approve a bust, a correction or a fill that somebody else proposed",
                    ),
                    ("view_limits", "See limits"),
                    ("propose_limits", "Propose a change of a limit"),
                    ("approve_limits", "Approve a change of a limit that somebody else proposed"),
                    ("override_limits", "Let a refused order of another person be placed once"),
                    ("reset_throttles", "Let a throttled algorithm be used again"),
                    ("change_states", "Halt and resume instruments, markets and accounts"),
                    ("engage_kill_switch", "Engage a kill switch, and ask that one be lifted"),
                    ("lift_kill_switch", "Lift a kill switch when somebody else asked for it"),
                    ("view_audit", "See the audit log and verify it"),
                    ("view_operations", "See venue orders, reports and dead letters"),
                    ("settle_operations", "Retry and discard dead letters"),
                    (
                        "propose_subscriptions",
                        "Propose which events a plugin is told, and what leaves the house by it",
                    ),
                    ("approve_subscriptions", "Approve a plugin's subscription that somebody else proposed"),
                    ("propose_routing", "Propose a rule by which orders go to a venue"),
                    ("approve_routing", "Approve a routing rule that somebody else proposed"),
                    ("view_sign_ins", "See everybody's sessions and tokens"),
                    ("manage_sign_ins", "End sessions and revoke tokens of others"),
                    (
                        "propose_retention",
                        "Place a legal hold, and propose how long records are kept or that a hold be lifted",
                    ),
                    (
                        "approve_retention",
                        "Approve a retention rule, or the lifting of a hold, that somebody else proposed",
                    ),
                    ("propose_roles", "Propose who holds which role, and that a role be taken back"),
                    (
                        "approve_roles",
                        "Approve a role, a delegation or a revocation that somebody else proposed",
                    ),
                    ("record_rates", "Record exchange rates, which convert everyone's figures"),
                    ("record_cash", "Record cash that comes into an account or leaves it"),
                ),
            },
        ),
        migrations.AlterModelOptions(
            name="desk",
            options={
                "default_permissions": (),
                "ordering": ("code",),
                "permissions": (
                    ("view_orders", "See orders, executions and positions"),
                    ("place_orders", "Place orders"),
                    ("amend_orders", "Amend orders"),
                    ("cancel_orders", "Cancel orders"),
                    ("work_orders", "Answer for orders that are worked by hand"),
                    ("propose_executions", "Propose a bust, a correction or a fill by hand"),
                    (
                        "approve_executions",
                        "Approve a bust, a correction or a fill that somebody else proposed",
                    ),
                    ("view_limits", "See limits"),
                    ("propose_limits", "Propose a change of a limit"),
                    ("approve_limits", "Approve a change of a limit that somebody else proposed"),
                    ("override_limits", "Let a refused order of another person be placed once"),
                    ("reset_throttles", "Let a throttled algorithm be used again"),
                    ("change_states", "Halt and resume instruments, markets and accounts"),
                    ("engage_kill_switch", "Engage a kill switch, and ask that one be lifted"),
                    ("lift_kill_switch", "Lift a kill switch when somebody else asked for it"),
                    ("view_audit", "See the audit log and verify it"),
                    ("view_operations", "See venue orders, reports and dead letters"),
                    ("settle_operations", "Retry and discard dead letters"),
                    (
                        "propose_subscriptions",
                        "Propose which events a plugin is told, and what leaves the house by it",
                    ),
                    ("approve_subscriptions", "Approve a plugin's subscription that somebody else proposed"),
                    ("propose_routing", "Propose a rule by which orders go to a venue"),
                    ("approve_routing", "Approve a routing rule that somebody else proposed"),
                    ("view_sign_ins", "See everybody's sessions and tokens"),
                    ("manage_sign_ins", "End sessions and revoke tokens of others"),
                    (
                        "propose_retention",
                        "Place a legal hold, and propose how long records are kept or that a hold be lifted",
                    ),
                    (
                        "approve_retention",
                        "Approve a retention rule, or the lifting of a hold, that somebody else proposed",
                    ),
                    ("propose_roles", "Propose who holds which role, and that a role be taken back"),
                    (
                        "approve_roles",
                        "Approve a role, a delegation or a revocation that somebody else proposed",
                    ),
                    ("record_rates", "Record exchange rates, which convert everyone's figures"),
                    ("record_cash", "Record cash that comes into an account or leaves it"),
                ),
            },
        ),
        migrations.AlterModelOptions(
            name="firm",
            options={
                "default_permissions": (),
                "ordering": ("code",),
                "permissions": (
                    ("view_orders", "See orders, executions and positions"),
                    ("place_orders", "Place orders"),
                    ("amend_orders", "Amend orders"),
                    ("cancel_orders", "Cancel orders"),
                    ("work_orders", "Answer for orders that are worked by hand"),
                    ("propose_executions", "Propose a bust, a correction or a fill by hand"),
                    (
                        "approve_executions",
                        "Approve a bust, a correction or a fill that somebody else proposed",
                    ),
                    ("view_limits", "See limits"),
                    ("propose_limits", "Propose a change of a limit"),
                    ("approve_limits", "Approve a change of a limit that somebody else proposed"),
                    ("override_limits", "Let a refused order of another person be placed once"),
                    ("reset_throttles", "Let a throttled algorithm be used again"),
                    ("change_states", "Halt and resume instruments, markets and accounts"),
                    ("engage_kill_switch", "Engage a kill switch, and ask that one be lifted"),
                    ("lift_kill_switch", "Lift a kill switch when somebody else asked for it"),
                    ("view_audit", "See the audit log and verify it"),
                    ("view_operations", "See venue orders, reports and dead letters"),
                    ("settle_operations", "Retry and discard dead letters"),
                    (
                        "propose_subscriptions",
                        "Propose which events a plugin is told, and what leaves the house by it",
                    ),
                    ("approve_subscriptions", "Approve a plugin's subscription that somebody else proposed"),
                    ("propose_routing", "Propose a rule by which orders go to a venue"),
                    ("approve_routing", "Approve a routing rule that somebody else proposed"),
                    ("view_sign_ins", "See everybody's sessions and tokens"),
                    ("manage_sign_ins", "End sessions and revoke tokens of others"),
                    (
                        "propose_retention",
                        "Place a legal hold, and propose how long records are kept or that a hold be lifted",
                    ),
                    (
                        "approve_retention",
                        "Approve a retention rule, or the lifting of a hold, that somebody else proposed",
                    ),
                    ("propose_roles", "Propose who holds which role, and that a role be taken back"),
                    (
                        "approve_roles",
                        "Approve a role, a delegation or a revocation that somebody else proposed",
                    ),
                    ("record_rates", "Record exchange rates, which convert everyone's figures"),
                    ("record_cash", "Record cash that comes into an account or leaves it"),
                ),
            },
        ),
    ]
