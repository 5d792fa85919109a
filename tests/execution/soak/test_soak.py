"""Whatever is killed, emptied, doubled, restarted or stepped, in whatever order: DESIGN.md's promises hold.

The full size is `make soak`; its size is in the environment (SEED, MINUTES, PARENTS, FAULTS).
"""

import os
from pathlib import Path

import pytest

from orders.kernel.context import Actor
from orders.models import Account
from tests.execution.site import Site
from tests.execution.soak.faults import Kind
from tests.execution.soak.ground import Ground
from tests.execution.soak.soak import Size, Soak

SHORT = Size(seed=1, seconds=14, parents=12, faults=25, look_s=0.5)
FULL = Size(
    seed=int(os.environ.get("SEED") or 1),
    seconds=60 * float(os.environ.get("MINUTES") or 10),
    parents=int(os.environ.get("PARENTS") or 200),
    faults=int(os.environ.get("FAULTS") or 500),
    look_s=2,
)


@pytest.mark.parametrize(
    "size", [pytest.param(SHORT, id="short"), pytest.param(FULL, id="full", marks=pytest.mark.soak)]
)
def test_every_promise_holds_under_faults(
    size: Size, site: Site, ground: Ground, holders: list[tuple[Account, Actor]], tmp_path: Path
) -> None:
    log = tmp_path / "faults.log"
    soak = Soak(size, site, ground, holders, log)
    print(f"\nsoak: {size.repeat}; logs in {tmp_path}", flush=True)
    try:
        soak.run()
    finally:
        print(soak.table(), flush=True)
        print(f"again: {size.repeat}; what befell the site is in {log}", flush=True)
    assert sum(soak.befell.values()) == size.faults
    assert soak.counts is not None
    assert soak.counts.parents == size.parents
    assert set(soak.befell) == set(list(Kind)[: size.faults])
