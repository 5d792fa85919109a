"""Looks up every installed package among known vulnerabilities: `python deploy/audit.py`, part of `make check`.

Fails for what is known and not accepted in writing (accepted_vulnerabilities.toml). Where no service answers it fails
for nothing, because the network is nobody's fault, and says in capitals what was not looked up: pip-audit alone would
call such a run free of vulnerabilities.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

SERVICES = ("pypi", "osv")
TIMEOUT_S = 300
MOST_DAYS = 30
ACCEPTED = Path(__file__).with_name("accepted_vulnerabilities.toml")
Report = Mapping[str, Any]
Ask = Callable[[str], Report | None]


@dataclass(frozen=True)
class Finding:
    """A known vulnerability of an installed package, under all the names that it has."""

    package: str
    version: str
    names: frozenset[str]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        fixed = ", ".join(self.fixed_in) or "no version"
        return f"{self.package} {self.version}: {', '.join(sorted(self.names))}; fixed in {fixed}"


@dataclass(frozen=True)
class Accepted:
    """A vulnerability that is left open, why, and until which day."""

    id: str
    package: str
    reason: str
    until: date

    def covers(self, finding: Finding) -> bool:
        """Whether this is about that finding."""
        return self.id in finding.names and self.package == finding.package


def accepted_in(text: str) -> list[Accepted]:
    """Return what a TOML file accepts. Raises ValueError for one without a reason."""
    found = [Accepted(**entry) for entry in tomllib.loads(text).get("accepted", [])]
    for each in found:
        if not each.reason.strip():
            raise ValueError(f"{each.id} is accepted without a reason")
    return found


def findings_of(report: Report) -> list[Finding]:
    """Return what pip-audit's JSON report knows."""
    return [
        Finding(
            package=each["name"],
            version=each["version"],
            names=frozenset([known["id"], *known.get("aliases", ())]),
            fixed_in=tuple(known.get("fix_versions", ())),
        )
        for each in report["dependencies"]
        for known in each.get("vulns", ())
    ]


def not_looked_up(report: Report) -> list[str]:
    """Return the packages that the service knew nothing of, which does not make them safe."""
    return [each["name"] for each in report["dependencies"] if "skip_reason" in each]


def judge(ask: Ask, accepted: Sequence[Accepted], today: date) -> tuple[int, str]:
    """Return the exit status and what is told, from the first service that knows any package."""
    reports = (ask(service) for service in SERVICES)
    report = next(
        (each for each in reports if each and len(not_looked_up(each)) < len(each["dependencies"])), None
    )
    if report is None:
        return 0, _loudly("AUDIT SKIPPED: NO VULNERABILITY SERVICE ANSWERED. NO PACKAGE WAS LOOKED UP.")
    found = findings_of(report)
    valid = [each for each in accepted if today <= each.until <= today + timedelta(days=MOST_DAYS)]
    still_open = [each for each in found if not any(one.covers(each) for one in valid)]
    needless = [each for each in accepted if not any(each.covers(one) for one in found)]
    unknown = not_looked_up(report)
    lines = [f"{len(report['dependencies']) - len(unknown)} packages looked up, {len(found)} findings"]
    lines += [f"OPEN: {each}" for each in still_open]
    lines += [f"no longer found, take it out of {ACCEPTED.name}: {each.id}" for each in needless]
    if unknown:
        lines.append(_loudly(f"NOT LOOKED UP, THE SERVICE DOES NOT KNOW THEM: {', '.join(unknown)}"))
    return int(bool(still_open or needless)), "\n".join(lines)


def _loudly(words: str) -> str:
    return f"{'*' * 79}\n{words}\n{'*' * 79}"


def ask_pip_audit(service: str) -> Report | None:
    """Return pip-audit's report on what this interpreter has installed, None where the service does not answer."""
    command = [sys.executable, "-m", "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]
    command += ["--vulnerability-service", service]
    try:
        run = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
        report: Report = json.loads(run.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return report


if __name__ == "__main__":
    status, told = judge(ask_pip_audit, accepted_in(ACCEPTED.read_text()), datetime.now(UTC).date())
    sys.stdout.write(f"{told}\n")
    sys.exit(status)
