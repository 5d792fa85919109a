"""A site on ground of its own, with a market for many parents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orders.kernel.context import Actor
from orders.models import Account
from tests.conftest import BuiltWorld
from tests.embedded_services import instance
from tests.execution.site import Site
from tests.execution.soak.faults import MILD
from tests.execution.soak.ground import Ground
from tests.execution.soak.parents import build_market


@pytest.fixture
def ground(built_world: BuiltWorld, django_db_blocker: object, tmp_path: Path) -> Iterator[Ground]:
    """PostgreSQL and Redis of the test's own with the world in them; Django's connections go there."""
    ground = Ground(instance(), built_world.database, tmp_path / "servers.log")
    try:
        ground.start_broker()
        ground.start_database()
        with django_db_blocker.unblock(), ground.used_by_django():  # type: ignore[attr-defined]
            yield ground
    finally:
        ground.close()


@pytest.fixture
def holders(ground: Ground, built_world: BuiltWorld) -> list[tuple[Account, Actor]]:
    """The accounts of the soak, and who trades for each."""
    return build_market(built_world.fresh())


@pytest.fixture
def site(ground: Ground, tmp_path: Path) -> Iterator[Site]:
    """Processes to be killed, at a venue that delays, repeats and drops."""
    site = Site(ground, tmp_path, faults=MILD.format(seed=1))
    yield site
    site.stop()
