"""A replayed day with the venue's parts in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.execution.market import load_day
from tests.execution.replay import Replay
from tests.world import World


@pytest.fixture
def replay(world: World, tmp_path: Path) -> Iterator[Replay]:
    """Ten minutes after the open of a day whose bars are loaded; market time stands still until a test moves it."""
    load_day()
    replay = Replay(tmp_path, minutes_after_open=10)
    yield replay
    replay.close()
