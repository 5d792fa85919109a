"""docs/asvs.md says of every requirement of levels 1 and 2 how it stands; what it says of tests and files is true."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
HERE = Path(__file__).parent
ROW = re.compile(r"^\| (V[0-9.]+) \| ([12]) \| ([a-z/]+) \| (.*) \|$", re.M)
WORDS = ("tested", "met", "part", "open", "deployment", "n/a")
TEST = re.compile(r"^def test_(v\d+_\d+_\d+)_\w+\(", re.M)
NAMED = re.compile(r"`([\w./]+/[\w./]*|\.env\.example|README\.md|requirements\.txt)`")


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "docs" / "asvs.md").read_text()


@pytest.fixture(scope="module")
def standings(page: str) -> dict[str, str]:
    """How each requirement stands."""
    return {match[1]: match[3] for match in ROW.finditer(page)}


@pytest.fixture(scope="module")
def tested() -> set[str]:
    """The requirements whose number a test bears."""
    names = {name for path in HERE.glob("test_*.py") for name in TEST.findall(path.read_text())}
    return {name.replace("v", "V").replace("_", ".") for name in names}


def test_every_requirement_has_one_row_with_its_level_and_no_row_is_invented(page: str) -> None:
    rows = [f"{match[1]} {match[2]}" for match in ROW.finditer(page)]

    assert rows == (HERE / "requirements.txt").read_text().splitlines()
    assert len(rows) == 253


def test_what_is_called_tested_has_a_test_of_its_number_and_what_has_one_is_tested_or_in_part(
    standings: dict[str, str], tested: set[str]
) -> None:
    assert {each for each, word in standings.items() if word == "tested"} - tested == set()
    assert {
        each: standings.get(each) for each in tested if standings.get(each) not in ("tested", "part")
    } == {}


def test_what_is_not_tested_says_why(page: str) -> None:
    assert [match[1] for match in ROW.finditer(page) if match[3] != "tested" and len(match[4]) < 5] == []


def test_the_words_are_counted_right(page: str, standings: dict[str, str]) -> None:
    counted = {
        word: int(number) for word, number in re.findall(r"^\| ([a-z/]+) \| .* \| (\d+) \|$", page, re.M)
    }

    assert counted == {word: Counter(standings.values())[word] for word in WORDS}


@pytest.mark.parametrize("document", ["asvs.md", "threat_model.md"])
def test_every_file_that_is_named_exists(document: str) -> None:
    named = [
        each for each in NAMED.findall((ROOT / "docs" / document).read_text()) if not each.startswith("/")
    ]

    assert len(named) > 20
    assert [each for each in named if not (ROOT / each).exists()] == []
