"""What is counted at the sign-in, the sessions that it begins, and what a token opens."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

import orders.kernel.ids
from orders.kernel.guards import deletable

_ENDINGS = ["signed_out", "replaced", "revoked", "password", "deactivated", "idle", "expired"]

_EVERYTHING = ["approve", "audit", "operate", "propose", "read", "risk", "tokens", "trade"]
"""What tokens have opened that were made before there were scopes: they go on until they expire.

One that never did has a year from now on: old ones would else be over, and their programs cut off, with the migration.
"""
_TOKENS_MADE_BEFORE = """
    UPDATE compliance_apitoken SET expiry = greatest(created, now()) + interval '366 days' WHERE expiry IS NULL;
    INSERT INTO compliance_tokenuse (token_id) SELECT id FROM compliance_apitoken;
    SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0016_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="SignInTally",
            fields=[
                ("subject", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField()),
                ("failures", models.PositiveIntegerField()),
                ("locks", models.PositiveSmallIntegerField(default=0)),
                ("locked_until", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("locked_until", None), ("locks__gt", 0), _connector="OR"),
                        name="sign_in_tally_locks",
                    )
                ],
            },
        ),
        deletable("compliance_signintally"),
        migrations.CreateModel(
            name="UserSession",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("data", models.TextField()),
                ("address_range", models.CharField(blank=True, max_length=43)),
                ("browser", models.CharField(max_length=16)),
                ("started_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_because", models.CharField(blank=True, max_length=11)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)), fields=["user"], name="user_session_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_because", ""), ("ended_by", None)),
                            models.Q(("ended_at__isnull", False), ("ended_because__in", _ENDINGS)),
                            _connector="OR",
                        ),
                        name="user_session_ends_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionUse",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="use",
                        serialize=False,
                        to="compliance.usersession",
                    ),
                ),
                ("last_used_at", models.DateTimeField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddField(
            "apitoken",
            "label",
            models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            "apitoken",
            "scopes",
            ArrayField(models.CharField(max_length=8), default=_EVERYTHING),
            preserve_default=False,
        ),
        migrations.AddField(
            "apitoken", "address_ranges", ArrayField(models.CharField(max_length=43), default=list)
        ),
        migrations.AddField(
            "apitoken",
            "rotated_from",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successor",
                to="compliance.apitoken",
                to_field="id",
            ),
        ),
        migrations.CreateModel(
            name="TokenUse",
            fields=[
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="use",
                        serialize=False,
                        to="compliance.apitoken",
                        to_field="id",
                    ),
                ),
                ("last_used_at", models.DateTimeField(null=True)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunSQL(_TOKENS_MADE_BEFORE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "apitoken",
            models.CheckConstraint(
                condition=models.Q(("expiry__gte", models.F("created")), ("expiry__isnull", False)),
                name="api_token_expires",
            ),
        ),
        migrations.AddConstraint(
            "apitoken",
            models.CheckConstraint(
                condition=models.Q(("scopes__len__gt", 0)), name="api_token_opens_something"
            ),
        ),
    ]
