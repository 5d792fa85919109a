"""A denial as a number against its limit."""

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.limit_kinds import LimitKind
from orders.risk.check_list import EXPOSURE, TERMS
from orders.risk.checks import evaluate
from orders.risk.denials import FLOORS, Denial, denial_of, words_of
from orders.risk.figures import Outcome
from orders.risk.ticket import Ticket
from tests.orders.risk.tickets import exposed, finding_of, with_limit

D = Decimal


def denial(kind: LimitKind, ticket: Ticket) -> Denial:
    return denial_of(finding_of(kind, ticket), "USD")


@pytest.mark.parametrize(
    ("kind", "limit", "seen", "beyond", "unit", "is_below"),
    [
        (LimitKind.ORDER_MINIMUM_QUANTITY, "400", 100, 75, "units", True),
        (LimitKind.GROSS_NOTIONAL, "8008", 10_010, 25, "USD", False),
        (LimitKind.CASH_MINIMUM, "1000", -10_010, 1_101, "USD", True),
    ],
)
def test_a_denial_tells_by_how_much_of_the_limit_it_is_beyond_it(
    kind: LimitKind, limit: str, seen: int, beyond: int, unit: str, is_below: bool
) -> None:
    found = denial(kind, exposed(with_limit(kind, limit)))

    assert found.finding.outcome is Outcome.DENIED
    assert (found.seen, found.beyond_percent, found.unit, found.is_below) == (seen, beyond, unit, is_below)


def test_nothing_is_a_share_of_a_limit_of_nothing() -> None:
    found = denial(LimitKind.GROSS_NOTIONAL, exposed(with_limit(LimitKind.GROSS_NOTIONAL, "0")))

    assert (found.seen, found.beyond_percent) == (D(10_010), None)


def test_what_has_no_number_is_told_without_one() -> None:
    listed = denial(LimitKind.RESTRICTED, with_limit(LimitKind.RESTRICTED, "0"))

    assert (listed.seen, listed.beyond_percent, listed.words) == (None, None, "on the restricted list")


def test_a_check_without_limits_has_its_own_name_and_no_unit() -> None:
    ticket = replace(exposed(with_limit(LimitKind.RESTRICTED, "0")), account_is_active=False)
    (found,) = [each for each in evaluate(TERMS, ticket) if each.check == "account_active"]

    told = denial_of(found, "USD")

    assert (told.words, told.unit, told.seen) == ("account active", "", None)


def test_no_number_is_told_of_a_limit_that_was_taken_out() -> None:
    found = finding_of(LimitKind.CASH_MINIMUM, exposed(with_limit(LimitKind.CASH_MINIMUM, "1000")))

    told = denial_of(replace(found, limit=None, numbers={}), "USD")

    assert (told.seen, told.beyond_percent, told.unit) == (None, None, "USD")


def test_a_floor_without_its_number_has_none() -> None:
    found = finding_of(LimitKind.CASH_MINIMUM, exposed(with_limit(LimitKind.CASH_MINIMUM, "1000")))

    assert denial_of(replace(found, numbers={}), "USD").seen is None


def test_every_check_has_words_and_every_floor_is_a_check() -> None:
    checks = {each.id for each in (*TERMS, *EXPOSURE)}

    assert all(words_of(check) for check in checks)
    assert set(FLOORS) <= checks
