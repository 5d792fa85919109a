"""Print docs/errors.md: every code that a client may meet, made from the code."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from django.core.management import BaseCommand

from orders.hooks import hooks
from orders.kernel.api.problems import title_of
from orders.kernel.errors import DomainError, error_classes
from orders.limit_kinds import KINDS
from orders.risk import kill_switch
from orders.risk.checks import LimitCheck, Rule
from orders.risk.exposure_checks import MARGIN_UNKNOWN
from qtweb.markdown import table

APPS = ("orders", "execution", "compliance")
HEAD = """# Errors

Every failure of the API is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) of the media type
`application/problem+json`. Its `code` is stable, `type` is `urn:qtweb:problem:` and the code, `correlation_id` finds
the request in the logs, and `advice` says what to do. Further members name facts of the case: `errors` lists wrong
places by JSON pointer or query parameter, `order_id` names an order that was kept, `retry_after_s` repeats Retry-After.

This page is made by `python manage.py error_table > docs/errors.md`; a test compares the two.
"""
CHECKS = """
## Denials by pre-trade checks

These stand in for `RISK_REFUSED`, in the order in which the checks are asked. The order is kept as rejected.
"""


class Command(BaseCommand):
    help = "Print the table of error codes as Markdown: docs/errors.md."

    def handle(self, *_: Any, **__: Any) -> None:
        self.stdout.write(error_table(), ending="")


def every_error() -> list[type[DomainError]]:
    """Return all error classes of the house, by code."""
    for app in APPS:
        for module in walk_packages(import_module(app).__path__, f"{app}."):
            if module.name.endswith(".errors"):
                import_module(module.name)
    return sorted(error_classes(), key=lambda error: error.code)


def error_table() -> str:
    """Return the page as Markdown."""
    errors = [
        (f"`{error.code}`", str(error.status), error.severity, f"{title_of(error)}.", error.advice)
        for error in every_error()
    ]
    rules = [(f"`{code}`", meaning) for code, meaning in denials()]
    return "\n".join(
        [
            HEAD,
            *table(("Code", "Status", "Severity", "Meaning", "What to do"), errors),
            CHECKS,
            *table(("Code", "The rule"), rules),
            "",
        ]
    )


def denials() -> Iterable[tuple[str, str]]:
    """Yield the code and the rule of everything that may deny an order, in the order in which it is asked."""
    yield kill_switch.CODE, "No kill switch that is engaged stops orders of the kind."
    for check in (*hooks.pre_trade_checks, *hooks.exposure_checks):
        if isinstance(check, LimitCheck):
            known = KINDS[check.kind]
            yield check.code, f"Limit: {known.words}{known.unit and f' ({known.unit})'}."
        elif isinstance(check, Rule):
            yield check.code, (type(check).__doc__ or "").splitlines()[0]
    yield MARGIN_UNKNOWN, "Where a margin is limited, a model says what the order needs."
