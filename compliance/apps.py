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
    from orders.kernel.postgresql.patience import patiently

    @transaction.atomic(using=using)
    def make() -> None:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT to_regproc('public.qtweb_leaf_months') IS NOT NULL")
            if cursor.fetchone()[0]:
                cursor.execute("SELECT qtweb_leaf_months(%s)", [MONTHS_AHEAD])

    patiently(make)


def _attach_capture(*, using: str, **_context: Any) -> None:
    """Capture every table as the migration left it; nothing before capture's own migration, or after its way back.

    Raises CommandError that says which tables are not captured, and why.
    """
    from functools import partial

    from django.core.management import CommandError
    from django.db import connections, transaction

    from compliance.capture.attach import NotCaptured, attach_all, is_there

    with connections[using].cursor() as cursor:
        if is_there(cursor):
            try:
                attach_all(cursor, partial(transaction.atomic, using=using))
            except NotCaptured as refused:
                raise CommandError(str(refused)) from refused
