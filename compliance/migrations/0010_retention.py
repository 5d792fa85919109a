"""How long records are kept, by regime and record class from a day on, with the published rules; and legal holds."""

from datetime import date

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

import orders.kernel.ids
from orders.kernel.guards import APPLICATION_ROLE, append_only

_BEFORE_THIS_LOG = date(1970, 1, 1)
_MIFID = "Directive 2014/65/EU, Art. 16(7): 5 years, 7 where the authority asks for it"
_PUBLISHED = (
    ("MiFID-II", "orders", 5, date(2018, 1, 3), _MIFID),
    ("MiFID-II", "risk_controls", 5, date(2018, 1, 3), _MIFID),
    ("MiFID-II", "access", 5, date(2018, 1, 3), _MIFID),
    ("MiFID-II", "books", 5, date(2018, 1, 3), _MIFID),
    ("SEC-17a-4", "orders", 3, _BEFORE_THIS_LOG, "17 CFR 240.17a-4(b): 3 years"),
    ("SEC-17a-4", "risk_controls", 3, _BEFORE_THIS_LOG, "17 CFR 240.17a-4(b): 3 years"),
    ("SEC-17a-4", "books", 6, _BEFORE_THIS_LOG, "17 CFR 240.17a-4(a): 6 years"),
)

_HOLDS = f"""
    REVOKE UPDATE ON compliance_legalhold FROM {APPLICATION_ROLE};
    GRANT UPDATE (lifted_at, lifted_by_id) ON compliance_legalhold TO {APPLICATION_ROLE};
    CREATE FUNCTION qtweb_keep_hold() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        moving text[] := '{{lifted_at,lifted_by_id,audit_revision}}';
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.lifted_at IS NULL AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving THEN
            RETURN NEW;
        END IF;
        RAISE insufficient_privilege USING MESSAGE = 'permission denied: a hold is lifted once, and never changed';
    END
    $$;
    CREATE TRIGGER hold_stays BEFORE UPDATE OR DELETE ON compliance_legalhold
        FOR EACH ROW EXECUTE FUNCTION qtweb_keep_hold();
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON compliance_legalhold
        FOR EACH STATEMENT EXECUTE FUNCTION qtweb_refuse_change();
    ALTER TABLE compliance_legalhold ENABLE ALWAYS TRIGGER hold_stays;
    ALTER TABLE compliance_legalhold ENABLE ALWAYS TRIGGER never_emptied;
"""
_HOLDS_BACK = f"""
    DROP TRIGGER never_emptied ON compliance_legalhold;
    DROP TRIGGER hold_stays ON compliance_legalhold;
    DROP FUNCTION qtweb_keep_hold;
    GRANT UPDATE ON compliance_legalhold TO {APPLICATION_ROLE};
"""


def _publish(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rule = apps.get_model("compliance", "RetentionRule")
    for regime, record_class, years, effective_from, source in _PUBLISHED:
        rule.objects.using(schema_editor.connection.alias).create(
            id=orders.kernel.ids.new_id(),
            regime=regime,
            record_class=record_class,
            years=years,
            effective_from=effective_from,
            source=source,
            recorded_at=timezone.now(),
        )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0009_months"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=11)),
                ("subject", models.CharField(blank=True, max_length=64)),
                ("since", models.DateField(null=True)),
                ("until", models.DateField(null=True)),
                ("reason", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["everything", "object", "account", "object_type"])),
                        name="legal_hold_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "everything"), ("subject", "")),
                            models.Q(
                                models.Q(("kind", "everything"), _negated=True),
                                models.Q(("subject", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="legal_hold_subject_where_one_is",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("since", None),
                            ("until", None),
                            ("since__lte", models.F("until")),
                            _connector="OR",
                        ),
                        name="legal_hold_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at", None), ("lifted_by", None)),
                            models.Q(
                                ("lifted_at__isnull", False),
                                ("lifted_by__isnull", False),
                                models.Q(("lifted_by", models.F("placed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="legal_hold_lifted_by_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("regime", models.CharField(max_length=32)),
                ("record_class", models.CharField(max_length=16)),
                ("years", models.PositiveSmallIntegerField(null=True)),
                ("effective_from", models.DateField()),
                ("source", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
                (
                    "approval",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.approval",
                    ),
                ),
            ],
            options={
                "ordering": ("regime", "record_class", "effective_from"),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("regime", "record_class", "effective_from"), name="retention_rule_once_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("record_class__in", ["orders", "risk_controls", "access", "books"])
                        ),
                        name="retention_rule_class_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("years", None),
                            models.Q(("years__gte", 1), ("years__lte", 100)),
                            _connector="OR",
                        ),
                        name="retention_rule_years",
                    ),
                ],
            },
        ),
        migrations.RunPython(_publish, migrations.RunPython.noop),
        append_only("compliance_retentionrule"),
        migrations.RunSQL(_HOLDS, _HOLDS_BACK),
    ]
