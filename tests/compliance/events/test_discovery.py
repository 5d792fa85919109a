"""Plugins by entry points: those that keep the contract are there, each of the others is refused for its own reason."""

import json
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from compliance.courier import Courier
from compliance.models import EventDelivery
from compliance.plugins import discovery
from compliance.plugins.discovery import GROUP, Found, found_among
from compliance.services.subscriptions import fit_parameters
from tests.compliance.events.subscribing import People
from tests.compliance.log import integrate
from tests.execution.site import wait_until
from tests.orders.fills import fill
from tests.world import World

EXAMPLE = Path(__file__).parents[3] / "examples/event_plugin"
MODULES = {
    "explodes": "raise RuntimeError('not today')",
    "leaves": "import sys; sys.exit('enough')",
    "garbled": "def def",
    "bare": "class Plugin: pass",
    "mute": "from pydantic import BaseModel\nclass Plugin:\n    Parameters = BaseModel",
    "narrow": (
        "from pydantic import BaseModel\nclass Plugin:\n    Parameters = BaseModel\n    def deliver(self, one): ..."
    ),
    "awaited": (
        "from pydantic import BaseModel\nclass Plugin:\n    Parameters = BaseModel\n"
        "    async def deliver(self, delivery, parameters): ..."
    ),
    "unmade": "class Plugin:\n    def __init__(self): raise ValueError('no room')",
}
REASONS = {
    "explodes": "RuntimeError: not today",
    "leaves": "SystemExit: enough",
    "garbled": "SyntaxError",
    "bare": "Parameters is no pydantic model",
    "mute": "no method deliver",
    "narrow": "does not take a delivery and parameters",
    "awaited": "simply be called",
    "unmade": "ValueError: no room",
    "absent": "ModuleNotFoundError",
    "twice": "2 packages have a plugin of this name",
}


def install(folder: Path, package: str, plugins: dict[str, str]) -> None:
    """What pip leaves behind of a package, as far as entry points are concerned."""
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = "\n".join(f"{name} = {place}" for name, place in plugins.items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}\n")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, in which packages are installed."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture
def example(installed: Path) -> Found:
    """The example's plugin, by the entry point that its pyproject.toml declares."""
    shutil.copytree(EXAMPLE / "large_fills", installed / "large_fills")
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    install(installed, project["name"], project["entry-points"][GROUP])
    return found_among(entry_points(group=GROUP))["large_fills"]


def test_each_broken_plugin_is_refused_for_its_reason_and_harms_no_other(
    installed: Path, example: Found
) -> None:
    for name, text in MODULES.items():
        (installed / f"qtweb_test_{name}.py").write_text(text)
    install(
        installed, "broken", {name: f"qtweb_test_{name}:Plugin" for name in (*MODULES, "absent", "twice")}
    )
    install(installed, "more", {"twice": "qtweb_test_bare:Plugin", "webhook": "qtweb_test_bare:Plugin"})

    found = found_among(entry_points(group=GROUP))

    assert {name for name, each in found.items() if each.plugin is None} == set(REASONS)
    for name, reason in REASONS.items():
        assert reason in found[name].reason
        assert found[name].package.endswith("1.0")
    assert found["webhook"].package == "qtweb"
    assert found["large_fills"].plugin is not None


def test_the_examples_own_tests_run(installed: Path, example: Found) -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:django",
            "-c",
            "/dev/null",
            "tests",
        ],
        cwd=EXAMPLE,
        env={"PYTHONPATH": str(EXAMPLE), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "3 passed" in ran.stdout


def test_a_large_fill_ends_in_the_examples_file(
    world: World, example: Found, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"large_fills": example}
    monkeypatch.setattr("compliance.services.subscriptions.found_plugins", lambda: known)
    path = installed / "fills.jsonl"
    assert fit_parameters("large_fills", {"path": str(path), "at_least": "60"})["at_least"] == "60"
    People(world).subscribe(
        plugin="large_fills",
        events=["ExecutionApplied"],
        parameters={"path": str(path), "at_least": "60"},
    )
    order = world.place()
    fill(order, "60")
    fill(order, "40")
    integrate()
    courier = Courier(plugins=known)

    def is_done() -> bool:
        courier.turn()
        return EventDelivery.objects.filter(state="delivered").count() == 2

    wait_until(is_done, "both fills are delivered", seconds=20)
    (line,) = map(json.loads, path.read_text().splitlines())
    assert (line["order_id"], line["quantity"], line["price"]) == (str(order.pk), "60", "100")


def test_a_process_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    discovery.found_plugins.cache_clear()
    assert discovery.found_plugins() is discovery.found_plugins()
    assert discovery.found_plugins()["webhook"].plugin is not None
