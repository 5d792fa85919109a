"""The codes that clients rely on: one meaning each, advice for all, and a page that is made from them."""

import re
from pathlib import Path

from django.conf import settings

from orders.kernel.api.problems import title_of
from qtweb.management.commands.error_table import denials, error_table, every_error

ERRORS = every_error()
CODE = re.compile(r"[A-Z]+(_[A-Z]+)+")


def test_the_documents_table_of_errors_is_the_codes() -> None:
    page = Path(settings.BASE_DIR) / "docs" / "errors.md"

    assert page.read_text() == error_table(), "run: python manage.py error_table > docs/errors.md"


def test_a_code_means_one_thing() -> None:
    denied = {code for code, _rule in denials()}

    assert len(ERRORS) > 30
    assert len({error.code for error in ERRORS}) == len(ERRORS)
    assert denied.isdisjoint(error.code for error in ERRORS)


def test_every_error_says_what_it_is_and_what_to_do() -> None:
    for error in ERRORS:
        assert title_of(error), error
        assert "`" not in title_of(error), f"{error}: the title is for clients"
        assert error.advice.endswith("."), error
        assert error.severity in ("info", "warning", "error"), error
        assert 400 <= error.status < 600, error


def test_a_code_begins_with_its_category() -> None:
    for error in ERRORS:
        assert CODE.fullmatch(error.code), error
        assert error.code.lower().startswith(f"{error.category}_"), error


def test_every_denial_is_a_code_of_risk() -> None:
    for code, rule in denials():
        assert CODE.fullmatch(code)
        assert code.startswith("RISK_")
        assert rule.endswith(".")
