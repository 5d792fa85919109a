"""What fails keeps up no other; a task that has had its time goes on with none."""

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from orders.kernel.one_by_one import one_by_one


def test_one_that_fails_keeps_up_no_other_and_the_end_of_the_time_ends_all() -> None:
    tried: list[int] = []

    def act(key: int) -> float:
        tried.append(key)
        if key == 7:
            raise SoftTimeLimitExceeded
        return 1 / key

    assert one_by_one(act, [2, 0, 4]) == [0.5, 0.25]
    with pytest.raises(SoftTimeLimitExceeded):
        one_by_one(act, [1, 7, 8])
    assert tried == [2, 0, 4, 1, 7]
