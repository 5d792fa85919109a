"""What is left behind when a process has started."""

import gc


def test_the_collector_runs_again_and_leaves_alone_what_stays_for_good() -> None:
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000
