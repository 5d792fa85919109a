"""docs/controls.md is what the code says, and the code says something about every check."""

import pytest

from compliance.controls import mapped_codes
from qtweb.embedded.instance import CHECKOUT
from qtweb.management.commands.control_map import control_map, files_that_name
from qtweb.management.commands.error_table import denials


def test_the_document_is_current() -> None:
    page = CHECKOUT / "docs" / "controls.md"

    assert page.read_text() == control_map(), "run: python manage.py control_map > docs/controls.md"


def test_every_check_is_mapped_and_every_mapped_denial_exists() -> None:
    assert mapped_codes() == {code for code, _rule in denials()}


@pytest.mark.parametrize("code", sorted(mapped_codes()))
def test_every_denial_is_tested_somewhere(code: str) -> None:
    assert files_that_name(code)
