import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.venues.simulated.faults import Fate, Faults


def a_bad_day(seed: int = 7) -> Faults:
    return Faults(seed, delay_ms=100, repeat_share=0.3, drop_share=0.3)


@given(st.integers(), st.lists(st.integers(1, 20), max_size=60))
def test_the_same_seed_decides_the_same(seed: int, sequences: list[int]) -> None:
    one, other = a_bad_day(seed), a_bad_day(seed)
    assert [one.report_fate(s) for s in sequences] == [other.report_fate(s) for s in sequences]


@given(st.permutations(range(1, 12)))
def test_what_befalls_a_report_does_not_depend_on_the_others(order: list[int]) -> None:
    faults, quiet = a_bad_day(), a_bad_day()
    shuffled = {sequence: faults.report_fate(sequence) for sequence in order}
    assert shuffled == {sequence: quiet.report_fate(sequence) for sequence in range(1, 12)}


def test_another_seed_decides_otherwise() -> None:
    one, other = a_bad_day(1), a_bad_day(2)
    assert [one.report_fate(s) for s in range(50)] != [other.report_fate(s) for s in range(50)]


def test_reports_are_dropped_repeated_and_delayed_about_as_often_as_asked() -> None:
    faults = a_bad_day()
    fates = [faults.report_fate(sequence) for sequence in range(2000)]
    assert 0.25 < sum(fate.copies == 0 for fate in fates) / 2000 < 0.35
    assert 0.16 < sum(fate.copies == 2 for fate in fates) / 2000 < 0.26
    assert 0 <= min(fate.delay_s for fate in fates) < max(fate.delay_s for fate in fates) <= 0.1


def test_a_report_that_was_dropped_gets_through_on_some_later_subscription() -> None:
    faults = Faults(seed=3, drop_share=0.9)
    for sequence in range(1, 20):
        assert any(faults.report_fate(sequence).copies for _ in range(300))


def test_without_faults_everything_arrives_once_and_at_once() -> None:
    faults = Faults(seed=3)
    assert {faults.report_fate(sequence) for sequence in range(100)} == {Fate(0.0, 1)}
    assert not any(faults.answer_is_dropped(str(number)) for number in range(100))


def test_answers_are_dropped_by_seed_and_not_for_ever() -> None:
    one, other = a_bad_day(), a_bad_day()
    dropped = [one.answer_is_dropped("cancel A") for _ in range(50)]
    assert dropped == [other.answer_is_dropped("cancel A") for _ in range(50)]
    assert True in dropped
    assert False in dropped


@pytest.mark.parametrize("wrong", [{"drop_share": 1.0}, {"repeat_share": -0.1}, {"delay_ms": -1}])
def test_a_share_that_would_lose_everything_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        Faults(**wrong)  # type: ignore[arg-type]
