from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = "Compliance"

    def ready(self) -> None:
        import compliance.checks  # noqa: F401  # registers what it checks
        from compliance.access import listen

        listen()
        post_migrate.connect(_make_months, sender=self, dispatch_uid="compliance.months")
        post_migrate.connect(_attach_capture, sender=self, dispatch_uid="compliance.capture")


def _make_months(*, using: str, **_context: Any) -> None:
    """Make the months ahead of the log, should no integrator run for long; nothing before their own migration."""
    from django.db import connections, transaction

    from compliance.services.months import MONTHS_AHEAD

    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regproc('public.qtweb_leaf_months') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT qtweb_leaf_months(%s)", [MONTHS_AHEAD])


def _attach_capture(*, using: str, **_context: Any) -> None:
    """Capture every table as the migration left it; nothing before capture's own migration, or after its way back."""
    from django.db import connections, transaction

    from compliance.capture.attach import attach_all

    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regproc('public.qtweb_write_leaf') IS NOT NULL")
        if cursor.fetchone()[0]:
            attach_all(cursor)
