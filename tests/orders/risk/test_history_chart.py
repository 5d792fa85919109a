"""The chart of what was used of a limit, and the nearest that it came."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orders.limit_kinds import LimitKind
from orders.risk.history_chart import Sample, history_chart, peak_of

START = datetime(2024, 3, 1, 12, tzinfo=UTC)
END = START + timedelta(hours=4)
GROSS = LimitKind.GROSS_NOTIONAL


def sample(hours: float, used: str | None, peak: str | None = None, **terms: int) -> Sample:
    """A sample so many hours after the start, of a limit of 100 that warns from 80 %."""
    return Sample(
        market_time=START + timedelta(hours=hours),
        version=terms.get("version", 1),
        value=Decimal(terms.get("value", 100)),
        warn_at_percent=80,
        used=None if used is None else Decimal(used),
        peak_used=None if used is None else Decimal(peak or used),
    )


def test_a_line_holds_what_was_used_until_the_next_sample_and_to_the_end() -> None:
    chart = history_chart(GROSS, [sample(0, "0"), sample(2, "54")], first=START, last=END)

    assert chart is not None
    assert chart.used_lines == ("0.0,180.0 320.0,180.0 320.0,90.0 640.0,90.0",)
    assert chart.value_points == "0.0,13.3 320.0,13.3 320.0,13.3 640.0,13.3"
    assert chart.warn_points.endswith("640.0,46.7")
    assert (chart.zero_y, chart.begins.y, chart.marks, chart.strokes) == ("180.0", "13.3", (), "")


def test_what_was_not_known_is_a_gap() -> None:
    samples = [sample(0, "10"), sample(1, None), sample(2, None), sample(3, "10")]

    chart = history_chart(GROSS, samples, first=START, last=END)

    assert chart is not None
    assert [line.split()[0].split(",")[0] for line in chart.used_lines] == ["0.0", "480.0"]
    assert [line.split()[-1].split(",")[0] for line in chart.used_lines] == ["160.0", "640.0"]
    ended = history_chart(GROSS, samples[:2], first=START, last=END)
    assert ended is not None and len(ended.used_lines) == 1


def test_what_orders_came_to_between_two_samples_is_a_stroke_and_can_be_the_highest() -> None:
    samples = [sample(0, "10"), sample(1, "20", "90"), sample(2, "30")]

    chart = history_chart(GROSS, samples, first=START, last=END)
    peak = peak_of(GROSS, samples)

    assert chart is not None and peak is not None
    assert chart.strokes == "M160.0,146.7 V30.0"
    assert (peak.used, peak.percent, peak.market_time) == (90, 90, START + timedelta(hours=1))


def test_other_terms_are_a_step_with_a_mark_and_the_highest_is_measured_by_the_value_of_its_time() -> None:
    samples = [sample(0, "60"), sample(2, "60", version=2, value=50), sample(3, "40", version=2, value=50)]

    chart = history_chart(GROSS, samples, first=START, last=END)
    peak = peak_of(GROSS, samples)

    assert chart is not None and peak is not None
    assert [(mark.x, mark.anchor, mark.version, mark.value) for mark in chart.marks] == [
        ("320.0", "start", 2, 50)
    ]
    assert chart.value_points.split()[:3] == ["0.0,13.3", "320.0,13.3", "320.0,96.7"]
    assert (peak.percent, peak.value, peak.market_time) == (120, 50, START + timedelta(hours=2))


def test_words_at_the_end_of_a_chart_stand_before_their_place() -> None:
    samples = [sample(0, "60"), sample(3.9, "60", version=2)]

    chart = history_chart(GROSS, samples, first=START, last=END)

    assert chart is not None
    assert [mark.anchor for mark in (chart.begins, *chart.marks)] == ["start", "end"]


def test_a_minimum_warns_above_itself_and_cash_may_be_below_nothing() -> None:
    samples = [sample(0, "400"), sample(1, "-50")]

    chart = history_chart(LimitKind.CASH_MINIMUM, samples, first=START, last=END)
    peak = peak_of(LimitKind.CASH_MINIMUM, samples)

    assert chart is not None and peak is not None
    assert chart.used_lines[0].endswith("640.0,180.0")
    warns_at, stands_at = (float(points.split(",")[-1]) for points in (chart.warn_points, chart.value_points))
    assert warns_at < stands_at < float(chart.zero_y) < 180
    assert (peak.used, peak.percent) == (-50, Decimal("Infinity"))


def test_there_is_no_chart_of_nothing_and_none_without_time() -> None:
    assert history_chart(GROSS, [], first=START, last=END) is None
    assert history_chart(GROSS, [sample(0, None)], first=START, last=END) is None
    assert history_chart(GROSS, [sample(0, "1")], first=START, last=START) is None
    assert peak_of(GROSS, [sample(0, None)]) is None
    nothing = history_chart(GROSS, [sample(0, "0", value=0)], first=START, last=END)
    assert nothing is not None and nothing.used_lines == ("0.0,180.0 640.0,180.0",)
