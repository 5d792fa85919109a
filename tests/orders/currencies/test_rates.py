"""The way from one currency into another."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orders.currencies.rates import Conversion, Rate, RateBook

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def rate(pair: str, value: str, *, at: datetime = NOON) -> Rate:
    base, quote = pair.split("/")
    return Rate(base, quote, Decimal(value), at, "test")


def conversion(*rates: Rate, of: str, into: str, across: tuple[str, ...] = ()) -> Conversion:
    found = RateBook(rates).conversion(of, into, across=across)
    assert found is not None
    return found


def test_a_currency_needs_no_rate_into_itself() -> None:
    exact = Decimal("0.1234567890123456")
    assert conversion(of="USD", into="USD").convert(exact) == exact


def test_a_rate_is_used_as_told_and_inverted_the_other_way() -> None:
    told = rate("EUR/USD", "1.25")

    assert conversion(told, of="EUR", into="USD").convert(Decimal(100)) == 125
    back = conversion(told, of="USD", into="EUR")
    assert (back.convert(Decimal(100)), back.legs[0].inverted, back.legs[0].rate) == (80, True, told)


def test_an_amount_is_rounded_once_at_the_end() -> None:
    rates = (rate("EUR/USD", "3"), rate("GBP/USD", "3"))
    across = conversion(*rates, of="EUR", into="GBP", across=("USD",))

    assert [leg.inverted for leg in across.legs] == [False, True]
    assert across.convert(Decimal("0.00000001")) == Decimal("0.00000001")


def test_of_a_pair_told_both_ways_round_the_newer_rate_is_taken() -> None:
    old, new = rate("EUR/USD", "1"), rate("USD/EUR", "0.5", at=NOON + timedelta(hours=1))

    assert conversion(old, new, of="EUR", into="USD").convert(Decimal(1)) == 2
    assert conversion(old, rate("USD/EUR", "0.5"), of="EUR", into="USD").convert(Decimal(1)) == 1


def test_without_a_rate_there_is_no_way() -> None:
    book = RateBook([rate("EUR/USD", "1.25"), rate("USD/JPY", "150")])

    assert book.conversion("EUR", "JPY") is None
    assert book.conversion("EUR", "JPY", across=("GBP",)) is None
    assert book.conversion("EUR", "JPY", across=("GBP", "USD")) is not None
