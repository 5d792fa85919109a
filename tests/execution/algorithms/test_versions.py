"""Versions of algorithms: what is gone is not taken for what it is not."""

from execution.algorithms import is_bound


def test_of_an_algorithm_that_is_gone_nothing_is_taken_for_free_to_go() -> None:
    assert is_bound("twap", 99)
    assert not is_bound("direct", 1)
