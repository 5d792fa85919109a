"""The seeded universe, rolled back after the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orders.kernel.context import Actor, Door
from qtweb.universe.logins import Logins
from qtweb.universe.seed import seed

SEEDER = Actor(name="seed_universe", door=Door.COMMAND)


@pytest.fixture
def seeder() -> Actor:
    return SEEDER


@pytest.fixture
def logins(tmp_path: Path) -> Logins:
    return Logins(tmp_path)


@pytest.fixture
def universe(db: None, logins: Logins, settings: Any) -> None:
    # The real hasher is slow on purpose, which here is only slow.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    seed(actor=SEEDER, logins=logins)
