"""What a deployment must have before the log can be signed: `manage.py check --deploy` says what is missing."""

from typing import Any

from django.core.checks import Error, Tags, register

from compliance.signing_keys import keyring
from compliance.transparency.notes import UnusableKey

NO_KEY, UNUSABLE_KEY = "compliance.E001", "compliance.E002"
_HINT = (
    "Write one with manage.py audit keygen NAME FILE, and set QTWEB_AUDIT_KEY_FILE (docs/decisions/audit.md)."
)


@register(Tags.security, deploy=True)
def the_log_has_a_key(app_configs: Any, **options: Any) -> list[Error]:
    """Refuse a deployment without a key of the audit log, or with one that cannot be used."""
    try:
        keys = keyring()
    except UnusableKey as unusable:
        return [Error(f"A key of the audit log cannot be used: {unusable}.", hint=_HINT, id=UNUSABLE_KEY)]
    if keys.verifiers:
        return []
    return [Error("No key signs the audit log: nobody could prove what is in it.", hint=_HINT, id=NO_KEY)]
