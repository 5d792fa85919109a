"""A committed database with a trading day, and real processes around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orders import services
from orders.kernel.context import Actor, Door
from orders.kernel.transactions import service
from orders.permissions import VIEW_OPERATIONS
from tests.conftest import CommittedDatabase
from tests.execution.market import load_day
from tests.execution.site import Site
from tests.world import SETUP, World

FAULTS = "seed={seed},delay_ms=20,repeat=0.1,drop=0.05"


@pytest.fixture
def crash_world(committed_world: World) -> World:
    """The small universe with a day of bars."""
    load_day()
    return committed_world


@pytest.fixture
def operator(crash_world: World) -> Actor:
    """Who sees dead letters."""
    user = services.register_user(actor=SETUP, username="operator")

    @service
    def grant() -> None:
        services.grant_permission(
            actor=SETUP, user_id=user.pk, permission=VIEW_OPERATIONS, scope=crash_world.firm
        )

    grant()
    return Actor(name="operator", door=Door.API, user_id=user.pk)


@pytest.fixture
def seed() -> int:
    """The seed of the venue's faults; a test overrides it by parametrizing."""
    return 1


@pytest.fixture
def site(committed_database: CommittedDatabase, tmp_path: Path, seed: int) -> Iterator[Site]:
    """Processes to start and kill, at a venue that delays, repeats and drops."""
    site = Site(committed_database, tmp_path, faults=FAULTS.format(seed=seed))
    yield site
    site.stop()
