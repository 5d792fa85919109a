"""A breaker opens after failures in a row, lets one trial through after a while, and says how it stands."""

import threading
from pathlib import Path
from uuid import uuid4

import circuitbreaker
import pytest

from orders.kernel import breakers, metrics
from orders.kernel.breakers import Breaker, BreakerState, CircuitOpen, worst_standings


class Gone(Exception):
    pass


class Refused(Exception):
    pass


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(circuitbreaker, "monotonic", clock.monotonic)
    monkeypatch.setattr(breakers.time, "monotonic", clock.monotonic)
    return clock


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(f"test {uuid4()}", most_failures=3, open_s=10)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(Gone), breaker.calling(Gone):
            raise Gone


def test_it_opens_after_failures_in_a_row_and_then_makes_no_call(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)

    assert breaker.is_open
    assert breaker.standing().state == BreakerState.OPEN
    clock.now_s += 4
    with pytest.raises(CircuitOpen) as refused, breaker.calling(Gone):
        pytest.fail("the call was made")
    assert refused.value.retry_after_s == 6


def test_a_success_in_between_begins_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    with breaker.calling(Gone):
        pass
    fail(breaker, 2)

    assert not breaker.is_open
    assert breaker.standing().failures == 2


def test_an_answer_that_nobody_likes_is_an_answer(breaker: Breaker) -> None:
    fail(breaker, 2)
    with pytest.raises(Refused), breaker.calling(Gone):
        raise Refused

    assert breaker.standing().failures == 0


def test_half_open_it_lets_one_trial_through_whose_success_closes_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now_s += 10
    assert breaker.standing().state == BreakerState.HALF_OPEN

    with breaker.calling(Gone), pytest.raises(CircuitOpen), breaker.calling(Gone):
        pytest.fail("a second trial was made")

    assert breaker.standing().state == BreakerState.CLOSED
    breaker.admit()


def test_a_failed_trial_opens_it_for_another_while(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now_s += 10
    fail(breaker)

    assert breaker.is_open
    clock.now_s += 10
    with breaker.calling(Gone):
        pass
    assert breaker.standing().state == BreakerState.CLOSED


def test_a_trial_whose_end_nobody_tells_is_given_up(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now_s += 10
    breaker.admit()
    with pytest.raises(CircuitOpen):
        breaker.admit()

    clock.now_s += 10
    breaker.admit()


def test_of_many_threads_one_makes_the_trial(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now_s += 10
    start, admitted = threading.Barrier(8), []

    def ask() -> None:
        start.wait(60)
        try:
            breaker.admit()
            admitted.append(True)
        except CircuitOpen:
            pass

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert admitted == [True]


def test_its_standing_is_read_from_what_it_showed(breaker: Breaker) -> None:
    (before,) = worst_standings([breaker])
    assert (before.state, before.failures) == (BreakerState.CLOSED, 0)

    fail(breaker, 3)
    (after,) = worst_standings([breaker])
    assert (after.state, after.failures) == (BreakerState.OPEN, 3)
    assert after.since > before.since

    breaker.succeeded()
    (closed,) = worst_standings([breaker])
    assert (closed.state, closed.failures) == (BreakerState.CLOSED, 0)


def test_figures_of_a_process_that_has_ended_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(metrics.FOLDER, str(tmp_path))
    nobodys = 2**22 + 1  # above the largest pid that Linux gives out
    (tmp_path / f"gauge_liveall_{nobodys}.db").write_bytes(b"")

    metrics.registry()

    assert list(tmp_path.iterdir()) == []
