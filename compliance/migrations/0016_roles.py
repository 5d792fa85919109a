"""Grants have a period, delegations and two persons who agreed, definitions a history, and approvals count persons.

What was granted before goes on: from when it was recorded, without an end, by a command of the house.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orders.kernel.ids
from orders.kernel.guards import APPLICATION_ROLE, append_only

_AS_IT_WAS = """
    SET CONSTRAINTS ALL IMMEDIATE;
    UPDATE compliance_rolegrant
        SET effective_from = recorded_at, begun_at = recorded_at, ended_at = revoked_at;
    UPDATE compliance_approval SET maker_persons = ARRAY[maker_id],
        checker_persons = CASE WHEN checker_id IS NULL THEN '{}' ELSE ARRAY[checker_id] END;
    INSERT INTO compliance_roledefinition (id, role_id, permissions, recorded_at)
        SELECT uuidv7(), role.id, ARRAY(SELECT jsonb_array_elements_text(told.body::jsonb -> 'facts' -> 'permissions')),
            told.recorded_at
        FROM compliance_role AS role JOIN compliance_leaf AS told
            ON told.object_type = 'role' AND told.object_id = role.id::text AND told.action = 'RoleDefined'
        ORDER BY told.id;
    -- Of what the log does not tell any more, because its month is archived: as it is, since it was first granted.
    INSERT INTO compliance_roledefinition (id, role_id, permissions, recorded_at)
        SELECT uuidv7(), role.id, role.permissions,
            coalesce((SELECT min(recorded_at) FROM compliance_rolegrant WHERE role_id = role.id), clock_timestamp())
        FROM compliance_role AS role
        WHERE NOT EXISTS (SELECT FROM compliance_roledefinition WHERE role_id = role.id);
"""
_COUNTED = """
    ALTER TABLE compliance_approval ADD CONSTRAINT approval_persons_are_counted CHECK (
        maker_id = ANY (maker_persons) AND (checker_id IS NULL OR checker_id = ANY (checker_persons)));
"""
_COUNTED_BACK = "ALTER TABLE compliance_approval DROP CONSTRAINT approval_persons_are_counted"

_GRANTS = f"""
    REVOKE UPDATE ON compliance_rolegrant FROM {APPLICATION_ROLE};
    GRANT UPDATE (revoked_at, begun_at, ended_at) ON compliance_rolegrant TO {APPLICATION_ROLE};
    CREATE FUNCTION qtweb_keep_role_grant() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        moving text[] := '{{revoked_at,begun_at,ended_at,audit_revision}}';
    BEGIN
        IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
            AND (OLD.revoked_at IS NULL OR OLD.revoked_at IS NOT DISTINCT FROM NEW.revoked_at)
            AND (OLD.begun_at IS NULL OR OLD.begun_at IS NOT DISTINCT FROM NEW.begun_at)
            AND (OLD.ended_at IS NULL OR OLD.ended_at IS NOT DISTINCT FROM NEW.ended_at) THEN
            RETURN NEW;
        END IF;
        RAISE insufficient_privilege USING MESSAGE =
            'permission denied: a grant begins, ends and is revoked once, and never changes';
    END
    $$;
    CREATE TRIGGER grant_stays BEFORE UPDATE OR DELETE ON compliance_rolegrant
        FOR EACH ROW EXECUTE FUNCTION qtweb_keep_role_grant();
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON compliance_rolegrant
        FOR EACH STATEMENT EXECUTE FUNCTION qtweb_refuse_change();
    ALTER TABLE compliance_rolegrant ENABLE ALWAYS TRIGGER grant_stays;
    ALTER TABLE compliance_rolegrant ENABLE ALWAYS TRIGGER never_emptied;
"""
_GRANTS_BACK = f"""
    DROP TRIGGER never_emptied ON compliance_rolegrant;
    DROP TRIGGER grant_stays ON compliance_rolegrant;
    DROP FUNCTION qtweb_keep_role_grant;
    GRANT UPDATE ON compliance_rolegrant TO {APPLICATION_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0015_account_months"),
        ("orders", "0018_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RoleDefinition",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), size=None
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("id",),
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="rolegrant",
            name="role_grant_once",
        ),
        migrations.AddField(
            model_name="approval",
            name="checker_persons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="maker_persons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="agreed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="approval",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="compliance.approval",
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="asked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="begun_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="delegated_from",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="compliance.rolegrant",
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="delegator",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="effective_from",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="effective_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="rolegrant",
            index=models.Index(
                condition=models.Q(("begun_at", None), ("ended_at", None)),
                fields=["effective_from"],
                name="role_grant_to_begin",
            ),
        ),
        migrations.AddIndex(
            model_name="rolegrant",
            index=models.Index(
                condition=models.Q(("ended_at", None)), fields=["effective_until"], name="role_grant_to_end"
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(("maker_persons__overlap", models.F("checker_persons")), _negated=True),
                name="approval_by_two_natural_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_until", None),
                    ("effective_until__gt", models.F("effective_from")),
                    _connector="OR",
                ),
                name="role_grant_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delegated_from", None), ("delegator", None)),
                    models.Q(
                        ("delegated_from__isnull", False),
                        ("delegator__isnull", False),
                        ("effective_until__isnull", False),
                        models.Q(("delegator", models.F("user")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="role_grant_delegated_for_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreed_by", None), ("approval", None), ("asked_by", None)),
                    models.Q(
                        ("agreed_by__isnull", False),
                        ("approval__isnull", False),
                        ("asked_by__isnull", False),
                        models.Q(("asked_by", models.F("user")), _negated=True),
                        models.Q(("agreed_by", models.F("user")), _negated=True),
                        models.Q(("agreed_by", models.F("asked_by")), _negated=True),
                        models.Q(
                            ("delegator", None),
                            models.Q(("agreed_by", models.F("delegator")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="role_grant_by_two_others",
            ),
        ),
        migrations.AddField(
            model_name="roledefinition",
            name="role",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="compliance.role"
            ),
        ),
        migrations.RunSQL(_AS_IT_WAS, migrations.RunSQL.noop),
        migrations.RunSQL(_COUNTED, _COUNTED_BACK),
        migrations.RunSQL(_GRANTS, _GRANTS_BACK),
        append_only("compliance_roledefinition"),
    ]
