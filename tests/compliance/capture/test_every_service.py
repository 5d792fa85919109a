"""Every service that there is leaves, in its own transaction, a leaf that names it for every table that it writes to.

The tests in every_service.txt are played once more in a session of its own, under `watched`, which looks into each
transaction before it ends. A service that none of them drives fails here by its name.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qtweb.embedded.instance import CHECKOUT
from tests.compliance.capture import watched

PLAYED = Path(__file__).parent / "every_service.txt"
APPS = ("orders", "execution", "compliance", "qtweb")

READS = {
    "compliance.open_month": "moves the sequence of leaves, and no row",
    "execution._candidates": "which runs are due, before one is claimed",
    "execution._write_if_allowed": "holds the kill switches' rows while the venue is written to, and changes none",
    "orders.preview": "what would be decided",
    "orders.unplaced_order": "what would be placed",
}
"""Services that write to no table at all, which is looked at as well."""

OF_EXEMPT = {
    "compliance.Integrator._integrate": "gives leaves their places in the tree",
    "compliance.AccountReader.run_batch": "says which accounts a month concerns",
    "compliance.index_batch": "makes leaves findable",
    "compliance._record": "keeps a signed checkpoint",
    "compliance.record_cosignature": "keeps a witness's signature under one",
    "compliance.begin_attempt": "counts a try to sign in before it is looked at: a failure is an event",
    "compliance.forgive_attempt": "takes back a try that succeeded: the sign-in is an event",
    "compliance.note_session_use": "when a session was last used: its beginning and end are events",
    "compliance.note_token_use": "when a token was last used: what was done by it names it in its leaves",
    "compliance._unchanged": "that verification found nothing new: a change of its verdict is an event",
}
"""Services that write to tables that are exempt and to no other, which is looked at as well."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    report = tmp_path_factory.mktemp("watched") / "seen.json"
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", watched.__name__, *PLAYED.read_text().split()]
    played = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env={**ours, watched.REPORT: str(report)},
    )
    assert played.returncode == 0, played.stdout
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@pytest.mark.long
def test_every_service_leaves_a_leaf_that_names_it_for_each_table_that_it_writes_to(
    seen: dict[str, Any],
) -> None:
    assert {name: each["untold"] for name, each in seen.items() if each["untold"]} == {}
    declared = set(_declared())
    assert len(declared) > 100
    assert declared - seen.keys() == set(), "add a test that drives it to every_service.txt"
    silent = {name for name in declared if not seen[name]["told"] and not seen[name]["events"]}
    assert silent == READS.keys() | OF_EXEMPT.keys()
    assert {name for name in silent if seen[name]["exempt"]} == OF_EXEMPT.keys()


def test_a_leaf_s_service_is_one_service() -> None:
    names = list(_declared())
    assert len(names) == len(set(names))


def test_every_service_takes_who_acts_by_name_or_its_leaves_of_rows_would_not_tell() -> None:
    for app in APPS:
        for path in (CHECKOUT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef) and _is_service(node):
                    assert "actor" not in {each.arg for each in node.args.args}, f"{path}: {node.name}"


def _is_service(node: ast.FunctionDef) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "service" for each in node.decorator_list)


def _declared() -> Iterator[str]:
    """The names of all that is decorated with @service, or called by it, as leaves have them."""
    for app in APPS:
        for path in (CHECKOUT / app).rglob("*.py"):
            yield from _in(ast.parse(path.read_text()), f"{app}.")


def _in(node: ast.AST, within: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef(name=name):
                if _is_service(child):
                    yield within + name
            case ast.Call(func=ast.Name(id="service"), args=[ast.Name(id=name)]):
                yield within.partition(".")[0] + f".{name}"
        yield from _in(child, f"{within}{child.name}." if isinstance(child, ast.ClassDef) else within)
