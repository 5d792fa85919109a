"""The house's conventions, run as checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from orders.kernel.events import event_classes
from qtweb.environment import Environment

ROOT = Path(__file__).resolve().parent.parent
APPS = ["orders", "execution", "compliance", "qtweb"]
"""Upwards: each may know those before it."""
SOURCES = [
    path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts
]
ONE_FILE = ROOT / "compliance" / "verify.py"
"""Copied to others who have nothing else of ours: one file by promise, however long."""
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text())


def length(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1  # type: ignore[attr-defined]


def test_no_file_is_over_500_lines_and_half_are_under_100() -> None:
    lengths = sorted((len(path.read_text().splitlines()), path) for path in SOURCES if path != ONE_FILE)

    assert lengths[-1][0] <= 500, lengths[-1]
    assert lengths[len(lengths) // 2][0] < 100


def test_no_function_is_over_60_lines_and_most_are_under_25() -> None:
    functions = [
        (length(node), f"{path}:{node.lineno}")
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert max(functions)[0] <= 60, max(functions)
    assert sum(lines < 25 for lines, _place in functions) > 0.9 * len(functions)


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [path for path in SOURCES if path.stem in VAGUE or path.parent.name in VAGUE]


def test_every_module_says_what_it_is_for() -> None:
    allowed = {"apps.py", "__init__.py"}
    assert not [path for path, tree in trees() if path.name not in allowed and not ast.get_docstring(tree)]


def test_no_app_queries_another_apps_tables() -> None:
    """Others read through selectors and write through services; they may name a row's type."""
    offences = []
    for path, tree in trees():
        app = path.relative_to(ROOT).parts[0]
        foreign = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and re.match(r"\w+\.models", node.module)
            for alias in node.names
            if node.module.split(".")[0] not in (app,)
        }
        offences += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.value.id}.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in ("objects", "_default_manager", "_base_manager")
            and isinstance(node.value, ast.Name)
            and node.value.id in foreign
        ]
    assert not offences


def test_migrations_depend_downwards_only() -> None:
    loader = MigrationLoader(None)
    for key, migration in loader.disk_migrations.items():
        if key[0] not in APPS:
            continue
        for app, _name in migration.dependencies:
            if app in APPS:
                assert APPS.index(app) <= APPS.index(key[0]), f"{key} depends on {app}"


def test_foreign_keys_between_apps_point_down_and_protect() -> None:
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.get_fields():
                if not field.is_relation or not field.concrete or not field.related_model:
                    continue
                target = field.related_model._meta.app_label  # type: ignore[union-attr]
                if target in APPS and target != app:
                    assert APPS.index(target) < APPS.index(app), f"{model} -> {target}"
                    if "knox" not in str(model.__mro__):
                        assert field.remote_field.on_delete.__name__ == "PROTECT", f"{model}.{field.name}"  # type: ignore[union-attr]


def test_market_time_is_a_parameter_never_the_databases_clock() -> None:
    """Scheduling SQL takes market time as a parameter: a replayed day has another now."""
    database_clock = re.compile(r"\bnow\(\)|current_timestamp|\bNow\(\)", re.IGNORECASE)
    offences = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] in ("orders", "execution")
        for line in path.read_text().splitlines()
        if database_clock.search(line) and "recorded_now()" not in line and "market_now()" not in line
    ]
    assert not offences


def test_every_event_class_has_a_name_of_its_own() -> None:
    names = [event_class.__name__ for event_class in event_classes()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [field.alias for field in Environment.model_fields.values()])
def test_every_environment_variable_is_documented(name: str) -> None:
    assert re.search(rf"^#? ?{name}=", (ROOT / ".env.example").read_text(), re.MULTILINE), (
        f"{name} is undocumented"
    )


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text()
    pages = {path.name for path in (ROOT / "docs/decisions").glob("*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\((\w+\.md)\)", index))


def test_every_library_is_pinned_and_explained() -> None:
    explained = (ROOT / "docs/decisions/libraries.md").read_text()
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pinned = re.match(r"^([A-Za-z0-9-]+)(\[[a-z,]+\])?==[0-9.]+$", line)
        assert pinned, f"{line} is not an exact pin"
        name = pinned[1].removeprefix("drf-spectacular") or "drf-spectacular"
        assert name in explained, f"{pinned[1]} has no line that says why"
