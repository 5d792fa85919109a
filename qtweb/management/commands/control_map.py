"""Print docs/controls.md: what the regulations demand, the checks that answer for it, and where those are tested."""

import re
from typing import Any

from django.core.management import BaseCommand

from compliance.controls import CONTROLS, REGULATIONS, Control, demanded_by, mapped_codes
from orders.limit_kinds import kinds_of
from qtweb.embedded.instance import CHECKOUT
from qtweb.markdown import table

HEAD = """# Controls

What the regulations demand before an order reaches a market, in sentences of our own, and what of the house answers
for it. A check is named by the code with which it denies ([errors.md](errors.md) has its rule); a refused order is
kept with every number that the check saw. The page Controls of the admin shows the same with the limits in force now.

This page is made by `python manage.py control_map > docs/controls.md`; a test compares the two.
"""
CHECKS = """
## Checks

A check with kinds of limits refuses where one of such a limit is in force; one without holds always. The tests are
those that name the code, without those of pages.
"""
DEMANDS = ("Paragraph", "What it demands", "Checks", "Besides", "Left to the firm")


class Command(BaseCommand):
    help = "Print the map from demanded controls to checks and tests as Markdown: docs/controls.md."

    def handle(self, *_: Any, **__: Any) -> None:
        self.stdout.write(control_map(), ending="")


def control_map() -> str:
    """Return the page as Markdown."""
    lines = [HEAD]
    for regulation, title in REGULATIONS.items():
        demanded = [_demand(each) for each in CONTROLS if each.regulation == regulation]
        lines += [f"## {title}", "", *table(DEMANDS, demanded), ""]
    checks = map(_check, sorted(mapped_codes()))
    return "\n".join([*lines[:-1], CHECKS, *table(("Denial", "Limits", "Demanded by", "Tests"), checks), ""])


def _demand(control: Control) -> tuple[str, ...]:
    codes = ", ".join(f"`{code}`" for code in control.denials)
    return control.paragraph, control.demand, codes, control.means, control.left


def _check(code: str) -> tuple[str, ...]:
    kinds = ", ".join(f"`{kind}`" for kind in kinds_of(code))
    return f"`{code}`", kinds, "; ".join(demanded_by(code)), ", ".join(files_that_name(code))


def files_that_name(code: str) -> list[str]:
    """Return the test files that name a denial code, from the checkout; those of pages show it, they test no check."""
    named = re.compile(rf"\b{code}\b")
    tests = (path for path in sorted((CHECKOUT / "tests").rglob("test_*.py")) if "admin" not in path.parts)
    return [str(path.relative_to(CHECKOUT)) for path in tests if named.search(path.read_text())]
