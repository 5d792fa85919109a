"""Counting for all processes together, and alone."""

import threading
import time

import pytest
from redis import Redis

from orders.kernel.ids import new_id
from qtweb.rate_limits import counts
from qtweb.rate_limits.counts import Alone, count, redis_url
from qtweb.rate_limits.limits import Limit


def _key() -> str:
    return f"test:{new_id()}"


def test_a_window_begins_with_its_first_request_and_ends() -> None:
    key = _key()

    first, second = count(key, 1), count(key, 1)

    assert (first[0], second[0]) == (1, 2)
    assert 0 < second[1] <= first[1] <= 1
    time.sleep(second[1] + 0.01)
    assert count(key, 1)[0] == 1


def test_no_request_is_counted_twice_or_not_at_all_however_many_come_together() -> None:
    key, came = _key(), []

    def send() -> None:
        came.extend(count(key, 60)[0] for _each in range(50))

    threads = [threading.Thread(target=send) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(came) == list(range(1, 201))


def test_the_count_is_where_every_process_counts() -> None:
    key = _key()
    with Redis.from_url(redis_url(counts.settings.ENVIRONMENT.redis_url)) as another:
        another.set(f"qtweb:rate:{key}", 41, ex=60)

        assert count(key, 60)[0] == 42


def test_without_redis_a_process_counts_alone_and_soon_waits_no_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = counts.client_of("redis://127.0.0.1:1/0")
    breaker = counts.Breaker("test", most_failures=3, open_s=60)
    monkeypatch.setattr(counts, "BREAKER", breaker)
    monkeypatch.setattr(counts, "_script", lambda: nowhere.register_script("return {}"))
    key = _key()

    assert [count(key, 60)[0] for _each in range(5)] == [1, 2, 3, 4, 5]
    assert breaker.is_open
    assert len([each for each in caplog.messages if "each process alone" in each]) == 3


def test_who_counts_alone_keeps_a_bounded_number_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MOST_KEYS", 3)
    alone = Alone()
    for number in range(10):
        alone.count(str(number), 60)

    assert len(alone._windows) <= 3
    alone.count("ends", 0)
    assert alone.count("ends", 0)[0] == 1, "a window that is over begins anew"


@pytest.mark.parametrize(
    ("broker", "client"),
    [
        ("redis+socket:///run/redis.sock?virtual_host=3", "unix:///run/redis.sock?db=3"),
        ("redis+socket:///run/redis.sock", "unix:///run/redis.sock?db=0"),
        ("rediss://redis.example:6380/1", "rediss://redis.example:6380/1"),
    ],
)
def test_the_broker_s_address_is_read_as_celery_spells_it(broker: str, client: str) -> None:
    assert redis_url(broker) == client


@pytest.mark.parametrize("text", ["600", "0/60", "600/0", "-1/60", "6e2/60", "600/60 ", "", "\uff11/60"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no limit"):
        Limit.spelt(text)


def test_a_limit_is_spelt_as_requests_and_seconds() -> None:
    assert Limit.spelt("600/60") == Limit(quota=600, window_s=60)
