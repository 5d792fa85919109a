"""What a deployment must have: `manage.py check --deploy` says whether a key signs the log.

With `--database default` it also looks there whether every table is captured.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import connections

from compliance.capture.attach import is_there, not_captured
from compliance.signing_keys import keyring
from compliance.transparency.notes import UnusableKey

NO_KEY, UNUSABLE_KEY, NOT_CAPTURED = "compliance.E001", "compliance.E002", "compliance.E003"
ENDED = "compliance.E004"
_HINT = (
    "Write one with manage.py audit keygen NAME FILE, and set QTWEB_AUDIT_KEY_FILE (docs/decisions/audit.md)."
)

_ENDED = "Every key of the audit log is of a log that was ended: QTWEB_AUDIT_ENDED_LOGS names them all."
_HINT_ENDED = "Take the log's own name out of it, or name the key of the log that follows."


@register(Tags.security, deploy=True)
def the_log_has_a_key(app_configs: Any, **options: Any) -> list[Error]:
    """Refuse a deployment without a key of the audit log, or with one that cannot be used."""
    try:
        keys = keyring()
    except UnusableKey as unusable:
        return [Error(f"A key of the audit log cannot be used: {unusable}.", hint=_HINT, id=UNUSABLE_KEY)]
    ended = settings.AUDIT_ENDED_LOGS
    if keys.verifiers and all(verifier.name in ended for verifier in keys.verifiers):
        return [Error(_ENDED, hint=_HINT_ENDED, id=ENDED)]
    if keys.verifiers:
        return []
    return [Error("No key signs the audit log: nobody could prove what is in it.", hint=_HINT, id=NO_KEY)]


@register(Tags.database, deploy=True)
def every_table_is_captured(
    app_configs: Any, databases: Sequence[str] | None = None, **options: Any
) -> list[Error]:
    """Name the tables whose changes leave no leaf, or not those that are declared."""
    return [error for alias in databases or () for error in _not_captured_in(alias)]


def _not_captured_in(alias: str) -> list[Error]:
    with connections[alias].cursor() as cursor:
        names = list(not_captured(cursor)) if is_there(cursor) else ["every table"]
    hint = "Run manage.py migrate: it puts the triggers on, or says why it cannot."
    return [Error(f"The audit log does not capture {name}.", hint=hint, id=NOT_CAPTURED) for name in names]
