"""Cases and their files; what was written of one is append-only."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import compliance.models.case
import orders.kernel.ids
from orders.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0010_retention"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reference", models.CharField(max_length=64)),
                ("title", models.CharField(max_length=120)),
                ("question", models.TextField()),
                ("asked", models.JSONField()),
                ("asked_by", models.CharField(max_length=64)),
                ("door", models.CharField(max_length=16)),
                ("through", models.PositiveBigIntegerField()),
                ("salt", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "requested"),
                            ("unsigned", "unsigned"),
                            ("ready", "ready"),
                            ("refused", "refused"),
                        ],
                        default=compliance.models.case.CaseState["REQUESTED"],
                        max_length=9,
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=300)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("claimed_at", models.DateTimeField(null=True)),
                (
                    "accounts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), null=True, size=None
                    ),
                ),
                ("leaf_count", models.PositiveIntegerField(null=True)),
                ("manifest_digest", models.CharField(blank=True, max_length=64)),
                ("file_digest", models.CharField(blank=True, max_length=64)),
                ("file_bytes", models.PositiveBigIntegerField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("-id",),
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["asked_by", "-id"], name="case_by_asker"),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    compliance.models.case.CaseState["REQUESTED"],
                                    compliance.models.case.CaseState["UNSIGNED"],
                                ],
                            )
                        ),
                        fields=["id"],
                        name="case_unfinished",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    compliance.models.case.CaseState["REQUESTED"],
                                    compliance.models.case.CaseState["UNSIGNED"],
                                    compliance.models.case.CaseState["READY"],
                                    compliance.models.case.CaseState["REFUSED"],
                                ],
                            )
                        ),
                        name="case_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", compliance.models.case.CaseState["REFUSED"]),
                                models.Q(("refusal", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(
                                    ("state", compliance.models.case.CaseState["REFUSED"]), _negated=True
                                ),
                                ("refusal", ""),
                            ),
                            _connector="OR",
                        ),
                        name="case_refused_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", compliance.models.case.CaseState["READY"]), _negated=True),
                            models.Q(
                                models.Q(("file_digest", ""), _negated=True),
                                ("file_bytes__isnull", False),
                                ("ready_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="case_ready_with_its_file",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("part", models.CharField(choices=[("body", "body"), ("seal", "seal")], max_length=4)),
                ("content", models.BinaryField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="compliance.case"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("case", "part"), name="case_file_once")],
            },
        ),
        append_only("compliance_casefile"),
    ]
