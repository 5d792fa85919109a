"""The chart of a position's quantity."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orders.positions.chart import quantity_chart

START = datetime(2024, 3, 1, tzinfo=UTC)


def test_steps_lead_from_what_was_held_before_to_what_is_held_now() -> None:
    changes = [(START, Decimal(100)), (START + timedelta(hours=1), Decimal(-150))]

    chart = quantity_chart(changes, final=Decimal(-30))

    assert chart is not None
    assert (chart.highest, chart.lowest, chart.final) == (120, -30, -30)
    assert chart.points.split() == ["0,93.3", "0.0,93.3", "0.0,0.0", "640.0,0.0", "640.0,140.0", "640,140.0"]
    assert chart.zero_y == "112.0"


def test_there_is_no_chart_of_nothing() -> None:
    assert quantity_chart([], final=Decimal(0)) is None
