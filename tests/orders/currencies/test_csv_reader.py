"""Files of exchange rates: every wrong line is named."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from orders.currencies.csv_reader import MOST_ERRORS, MOST_LINES, parse_rates
from orders.currencies.rates import Rate
from orders.errors import RatesFileError

HEADER = "base,quote,rate,market_time,source\n"
GOOD = "EUR,USD,1.0842,2024-03-01T14:15:00Z,ECB\n"


def errors_of(*lines: str) -> list[str]:
    with pytest.raises(RatesFileError) as refused:
        parse_rates(lines)
    return refused.value.errors


def test_a_line_is_a_rate() -> None:
    moment = datetime(2024, 3, 1, 14, 15, tzinfo=UTC)

    (rate,) = parse_rates([HEADER, "\n", "EUR,USD,1.0842,2024-03-01T15:15:00+01:00,ECB\n"])

    assert rate == Rate("EUR", "USD", Decimal("1.0842"), moment, "ECB")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("EUR,USD,1.08,2024-03-01T14:15:00Z", "4 fields"),
        ("eur,USD,1.08,2024-03-01T14:15:00Z,ECB", "base 'eur'"),
        ("EUR,DOLLAR,1.08,2024-03-01T14:15:00Z,ECB", "quote 'DOLLAR'"),
        ("EUR,EUR,1,2024-03-01T14:15:00Z,ECB", "the same currency"),
        *(
            (f"EUR,USD,{rate},2024-03-01T14:15:00Z,ECB", "rate")
            for rate in ("0", "-1", "NaN", "1e3", "", "1.00000000001", "१")
        ),
        *(
            (f"EUR,USD,1.08,{moment},ECB", "market_time")
            for moment in (
                "2024-03-01",
                "2024-03-01T14:15:00",
                "2024-13-01T14:15:00Z",
                "0001-01-01T00:00:00+14:00",
            )
        ),
        ("EUR,USD,1.08,2024-03-01T14:15:00Z,", "source"),
        (f"EUR,USD,1.08,2024-03-01T14:15:00Z,{'x' * 65}", "source"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_write(line: str, sentence: str) -> None:
    (error,) = errors_of(HEADER, GOOD, line)

    assert error.startswith("line 3: ")
    assert sentence in error


def test_all_wrong_lines_are_named_up_to_a_bound() -> None:
    assert len(errors_of(HEADER, "x\n", GOOD, "y\n")) == 2
    assert len(errors_of(HEADER, *["x\n"] * 50)) == MOST_ERRORS


def test_a_pair_stands_once_at_a_time() -> None:
    (error,) = errors_of(HEADER, GOOD, GOOD)

    assert error == "line 3: line 2 has this pair at this time already; keep one of them"


@pytest.mark.parametrize("lines", [[], [HEADER], ["base,quote\n", GOOD], [HEADER, '"EUR'], ["\n"] * 2])
def test_a_file_that_is_no_file_of_rates_is_refused(lines: list[str]) -> None:
    assert len(errors_of(*lines)) == 1


def test_a_file_is_read_up_to_a_bound() -> None:
    (error,) = errors_of(HEADER, *["\n"] * MOST_LINES, GOOD)

    assert "at most" in error
