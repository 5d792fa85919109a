"""The measurement of loading: it loads what it says, beside a bare COPY of the same file."""

import pytest

from bench import bars
from execution.models import Bar
from tests.conftest import CommittedDatabase
from tests.embedded_services import instance
from tests.world import World


def test_every_bar_of_every_round_is_stored_by_both(
    committed_world: World, committed_database: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_BARS", "500")

    measured = bars.measure(instance().superuser_url(committed_database.name))

    assert Bar.objects.filter(start__year__gte=2021).count() == bars.ROUNDS * 500
    assert measured.ratio > 0 < measured.ratio_without_key
    with committed_database.as_superuser() as superuser:
        assert superuser.execute("SELECT count(*) FROM bars").fetchone() == (500,)
