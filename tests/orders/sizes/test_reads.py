"""The sizes of each trader's orders, held equal to a naive reckoning from the rows."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import services
from orders.commands import AmendOrder
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput
from orders.limit_kinds import LimitKind
from orders.models import Instrument, Limit, Market, Order, User
from orders.models.reference import AssetClass
from orders.permissions import OVERRIDE_LIMITS, VIEW_LIMITS, VIEW_ORDERS
from orders.sizes.asked import Asked
from orders.sizes.days import Span, span_of
from orders.sizes.outliers import Verdict, outliers
from orders.sizes.present import tightest_by_row
from orders.sizes.quantiles import MEDIAN, P95, P99, quantile
from orders.sizes.reads import Spread, TraderSizes, sizes_by_trader, traders_seen
from tests.orders.sizes.history import BEGIN, also_on, place_each_day, room_for_many, seen
from tests.world import NOON, SETUP, TRADING, World, person, show_price

ALL_DAYS = Span((BEGIN - timedelta(days=1)).date(), NOON.date())
SIZE_CHECKS = {"order_quantity", "order_notional", "order_volume_share_bps"}


@pytest.fixture
def room(world: World) -> World:
    room_for_many(world)
    return world


def sizes(world: World, actor: Actor | None = None, span: Span = ALL_DAYS, **asked: str) -> list[TraderSizes]:
    return sizes_by_trader(actor or world.auditor, Asked.model_validate(asked), span)


def assert_spread(spread: Spread, values: list[Decimal]) -> None:
    ordered = sorted(values)
    assert (spread.smallest, spread.largest) == (ordered[0], ordered[-1])
    shares = (Decimal("0.25"), MEDIAN, Decimal("0.75"), P95, P99)
    told = (spread.lower_quartile, spread.median, spread.upper_quartile, spread.p95, spread.p99)
    for share, found in zip(shares, told, strict=True):
        assert found == pytest.approx(quantile(ordered, share), rel=Decimal("1e-12"))


def random_orders(world: World, random: Random, actor: Actor, account: str) -> list[Order]:
    """Orders of all sizes: some refused as too large, some by their price, some warned, some without a price."""
    placed = []
    for number in range(45):
        size = int(random.lognormvariate(5.5, 1.9)) + 1
        price = f"{100 * (1 + random.gauss(0, 0.35)):.2f}"
        market = {"type": "market", "limit_price": None} if number % 9 == 0 else {"limit_price": price}
        side = random.choice(["buy", "sell"])
        placed += place_each_day(world, [size], days=1, actor=actor, account=account, side=side, **market)
    return placed


@pytest.mark.parametrize("seed", range(3))
def test_every_number_is_what_a_look_at_each_order_finds(room: World, seed: int) -> None:
    random = Random(seed)
    of_trader = random_orders(room, random, room.trader, "ALPHA")
    of_stranger = random_orders(room, random, room.stranger, "BETA")

    found = sizes(room)

    assert [row.trader for row in found] == ["stranger", "trader"]
    for row, placed in zip(found, (of_stranger, of_trader), strict=True):
        looked = seen(placed)
        notionals = [each.notional for each in looked if each.notional is not None]
        assert (row.orders, row.currency, row.subject) == (45, "USD", "")
        assert_spread(row.quantity, [each.quantity for each in looked])
        assert_spread(row.notional, notionals)
        assert_spread(
            row.distance_bps, [each.distance_bps for each in looked if each.distance_bps is not None]
        )
        assert row.refused_as_large == sum(_found(each.outcomes, SIZE_CHECKS, "denied") for each in looked)
        assert row.refused_by_price == sum(
            _found(each.outcomes, {"price_collar_bps"}, "denied") for each in looked
        )
        either = {*SIZE_CHECKS, "price_collar_bps"}
        assert row.warned == sum(_found(each.outcomes, either, "warned") for each in looked)
        assert row.outliers == outliers(notionals)
        largest = max(looked, key=lambda each: each.quantity)
        assert Order.objects.get(pk=row.quantity.largest_order).quantity == largest.quantity


def _found(outcomes: frozenset[tuple[str, str]], checks: set[str], outcome: str) -> bool:
    return any(check in checks and told == outcome for check, told in outcomes)


def test_something_was_refused_and_warned_in_that(room: World) -> None:
    """That the comparison above compares something."""
    random_orders(room, Random(0), room.trader, "ALPHA")

    (row,) = sizes(room)

    assert min(row.refused_as_large, row.refused_by_price, row.warned) > 0


def test_what_stood_out_is_named_the_most_extreme_first(room: World) -> None:
    place_each_day(room, [95 + number for number in range(25)])
    (small,) = place_each_day(room, [1])
    (large,) = place_each_day(room, [900_000])

    (row,) = sizes(room)

    assert (row.outliers.verdict, row.outliers.large, row.outliers.small) == (Verdict.TOLD, 1, 1)
    assert row.standing_out == (large.pk, small.pk)
    assert row.notional.largest_order == large.pk


@pytest.mark.parametrize(
    ("quantities", "verdict"), [([100] * 30 + [7], Verdict.ONE_SIZE), ([1, 50, 9_000], Verdict.TOO_FEW)]
)
def test_what_cannot_be_told_names_nobody(room: World, quantities: list[int], verdict: Verdict) -> None:
    place_each_day(room, quantities)

    (row,) = sizes(room)

    assert (row.outliers.verdict, row.outliers.large, row.standing_out) == (verdict, None, ())


def test_an_order_whose_price_nobody_knows_has_no_notional_and_no_distance(room: World) -> None:
    services.register_instrument(
        actor=SETUP,
        symbol="NEWS",
        isin="US6516391066",
        mic="ARCX",
        currency="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    place_each_day(room, [70], symbol="NEWS")

    (row,) = sizes(room)

    assert (row.orders, row.quantity.largest) == (1, 70)
    assert row.notional == row.distance_bps == Spread(None, None, None, None, None, None, None, None)
    assert (row.outliers.verdict, row.outliers.orders) == (Verdict.TOO_FEW, 0)


def test_an_amended_order_counts_as_it_was_placed(room: World) -> None:
    order = room.place(quantity="100", limit_price="99")
    services.amend(
        actor=room.trader,
        order_id=order.pk,
        command=AmendOrder.model_validate({"quantity": "300", "limit_price": "90"}),
        expected_revision=1,
    )

    (row,) = sizes(room)

    assert (row.orders, row.quantity.largest, row.distance_bps.largest) == (1, 100, 100)


def test_an_order_that_an_override_let_past_is_refused_once_and_overridden_once(room: World) -> None:
    refused = room.place(quantity="10001")
    officer = person("officer", room.firm, (VIEW_ORDERS, OVERRIDE_LIMITS))
    leave = services.grant_override(
        actor=officer,
        order_id=refused.pk,
        codes=["RISK_ORDER_QUANTITY"],
        expires_in_minutes=5,
        reason="a block",
    )
    room.place(quantity="10001", override=str(leave.pk))

    (row,) = sizes(room)

    assert (row.orders, row.refused_as_large, row.overridden) == (2, 1, 1)


def test_an_order_without_a_known_volume_is_not_refused_as_too_large(room: World) -> None:
    services.register_limit(
        actor=SETUP, kind=LimitKind.ORDER_VOLUME_SHARE_BPS, value=Decimal(100), holder=room.account
    )
    order = room.place(quantity="100")

    (row,) = sizes(room)

    assert order.denial_code == "RISK_VOLUME_SHARE"
    assert row.refused_as_large == 0


def test_orders_are_narrowed_and_told_apart(room: World) -> None:
    bond = services.register_instrument(
        actor=SETUP,
        symbol="T10",
        isin="US912828U816",
        mic="ARCX",
        currency="USD",
        asset_class=AssetClass.BOND,
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    show_price(bond, Decimal(100), at=BEGIN)
    place_each_day(room, [10, 20])
    place_each_day(room, [1_000], symbol="T10")
    place_each_day(room, [30], actor=room.stranger, account="BETA")

    def told(**asked: str) -> list[tuple[str, str, int]]:
        return [(row.trader, row.subject, row.orders) for row in sizes(room, **asked)]

    assert told() == [("stranger", "", 1), ("trader", "", 3)]
    assert told(trader="trader") == [("trader", "", 3)]
    assert told(account="BETA") == [("stranger", "", 1)]
    assert told(symbol="T10") == [("trader", "", 1)]
    assert told(asset_class="equity", trader="trader") == [("trader", "", 2)]
    assert told(apart="instrument", trader="trader") == [("trader", "SPY", 2), ("trader", "T10", 1)]
    assert told(apart="asset_class", trader="trader") == [("trader", "bond", 1), ("trader", "equity", 2)]
    assert told(account="NONE") == []


def test_orders_count_from_the_first_day_to_the_last_by_utc(room: World) -> None:
    place_each_day(room, [10, 20, 30], days=3)
    days = [(BEGIN + timedelta(days=number)).date() for number in range(3)]

    assert sizes(room, span=Span(days[1], days[2]))[0].orders == 2
    assert sizes(room, span=Span(days[1], days[1]))[0].quantity.largest == 20
    assert sizes(room, span=Span(days[0] - timedelta(days=1), days[0] - timedelta(days=1))) == []


def test_only_the_accounts_of_which_the_viewer_sees_orders_and_limits_count(room: World) -> None:
    place_each_day(room, [10])
    place_each_day(room, [30], actor=room.stranger, account="BETA")
    without_limits = person("half", room.firm, (VIEW_ORDERS,))
    without_orders = person("other.half", room.firm, (VIEW_LIMITS,))

    assert [row.trader for row in sizes(room, room.trader)] == ["trader"]
    assert traders_seen(room.trader) == ["trader"]
    assert traders_seen(room.auditor) == ["stranger", "trader"]
    for actor in (room.nobody, without_limits, without_orders):
        assert (sizes(room, actor), traders_seen(actor)) == ([], [])


def test_a_trader_of_two_firms_currencies_has_a_row_for_each(room: World) -> None:
    firm = services.register_firm(actor=SETUP, code="EURO", currency="EUR")
    desk = services.register_desk(actor=SETUP, firm=firm, code="EU1")
    services.register_account(actor=SETUP, desk=desk, code="GAMMA")
    both = person("both", room.firm, TRADING)
    viewer = person("viewer", room.firm, TRADING)
    for actor in (both, viewer):
        also_on(firm, actor, TRADING)
    place_each_day(room, [10], actor=both)
    place_each_day(room, [10], actor=both, account="GAMMA")

    assert [(row.currency, row.orders) for row in sizes(room, viewer)] == [("EUR", 1), ("USD", 1)]


def test_it_takes_as_many_statements_for_fifty_traders_as_for_two(room: World) -> None:
    traders = [person(f"trader.{number:02}", room.desk, TRADING) for number in range(50)]

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            rows = sizes(room)
            tightest_by_row(room.auditor, [LimitKind.ORDER_NOTIONAL], rows, Asked())
        return len(captured)

    for actor in traders[:2]:
        place_each_day(room, [10], actor=actor)
    few = statements()
    for actor in traders[2:]:
        place_each_day(room, [10], actor=actor)

    assert len(sizes(room)) == 50
    assert statements() == few <= 7


def test_a_traders_median_is_reckoned_once_and_not_for_every_order(room: World) -> None:
    """Ten thousand orders took half a minute when the planner expected one."""
    with CaptureQueriesContext(connection) as captured:
        sizes(room)
    (statement,) = [query["sql"] for query in captured if "percentile_cont" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement)
        plan = [line.strip() for (line,) in cursor.fetchall()]

    assert {"CTE placed", "CTE middles", "CTE measured", "CTE spreads"} <= set(plan)


class TestDays:
    """Which days are looked at."""

    def test_thirty_days_with_a_session_where_nobody_says_otherwise(self, world: World) -> None:
        span = span_of(Asked())

        # 30 sessions of New York until Friday, 4 October 2013, Labor Day (2 September) being none.
        assert (span.first.isoformat(), span.last.isoformat()) == ("2013-08-23", "2013-10-04")

    def test_they_go_back_from_the_day_that_is_asked_for_over_the_end_of_a_year(self, world: World) -> None:
        span = span_of(Asked.model_validate({"last_day": "2013-01-04"}))

        assert span.first.isoformat() == "2012-11-21"

    def test_without_a_calendar_every_day_counts(self, db: None) -> None:
        assert not Market.objects.exists()

        assert span_of(Asked(last_day=NOON.date())).first == NOON.date() - timedelta(days=29)

    def test_a_market_without_a_calendar_is_passed_over(self, world: World) -> None:
        Market.objects.create(mic="ZZZZ")

        assert span_of(Asked()).first.isoformat() == "2013-08-23"

    def test_days_to_come_are_not_looked_at(self, world: World) -> None:
        span = span_of(Asked.model_validate({"first_day": "2013-10-01", "last_day": "9999-12-31"}))

        assert span.last == NOON.date()

    def test_the_first_day_there_is_can_be_asked_for(self, world: World) -> None:
        assert span_of(Asked.model_validate({"last_day": "0001-01-01"})).first.isoformat() == "0001-01-01"

    @pytest.mark.parametrize("first", ["2013-10-05", "2012-10-03"])
    def test_days_out_of_order_and_more_than_a_year_are_refused(self, world: World, first: str) -> None:
        with pytest.raises(InvalidInput, match="the first day must"):
            span_of(Asked.model_validate({"first_day": first, "last_day": "2013-10-04"}))

    def test_a_year_can_be_looked_at(self, world: World) -> None:
        assert span_of(Asked.model_validate({"first_day": "2012-10-04"})).first.isoformat() == "2012-10-04"


class TestTightestLimit:
    """Which limit stands beside a row."""

    def limit(self, world: World, actor: Actor | None = None, **asked: str) -> Decimal | None:
        wanted = Asked.model_validate({"trader": "trader", **asked})
        (row,) = sizes_by_trader(actor or world.auditor, wanted, ALL_DAYS)
        found = tightest_by_row(actor or world.auditor, [LimitKind.ORDER_NOTIONAL], [row], wanted)
        limit = found.get((row.key, LimitKind.ORDER_NOTIONAL))
        return None if limit is None else limit.value

    def test_it_is_the_lowest_of_those_that_hold_the_orders(self, room: World) -> None:
        place_each_day(room, [10])
        assert self.limit(room) == 5_000_000
        kind = LimitKind.ORDER_NOTIONAL
        for value, holder in enumerate((room.firm, room.desk, None), start=1):
            subject = None if holder else AssetClass.EQUITY
            services.register_limit(
                actor=SETUP, kind=kind, value=Decimal(4_000_000 - value), holder=holder, subject=subject
            )
            assert self.limit(room) == 4_000_000 - value
        services.register_limit(actor=SETUP, kind=kind, value=Decimal(1), holder=room.other_desk)
        services.register_limit(
            actor=SETUP, kind=kind, value=Decimal(2), holder=User.objects.get(username="stranger")
        )
        assert self.limit(room) == 3_999_997
        services.register_limit(
            actor=SETUP, kind=kind, value=Decimal(3), holder=User.objects.get(username="trader")
        )
        assert self.limit(room) == 3

    def test_one_on_an_instrument_counts_where_all_of_the_row_is_in_that(self, room: World) -> None:
        place_each_day(room, [10])
        services.register_limit(
            actor=SETUP,
            kind=LimitKind.ORDER_NOTIONAL,
            value=Decimal(7),
            holder=room.account,
            subject=Instrument.objects.get(symbol="SPY"),
        )

        assert self.limit(room) == 5_000_000
        assert self.limit(room, symbol="SPY") == self.limit(room, apart="instrument") == 7

    def test_it_is_in_force_now_and_seen_by_the_viewer(self, room: World) -> None:
        place_each_day(room, [10])
        services.register_limit(
            actor=SETUP, kind=LimitKind.ORDER_NOTIONAL, value=Decimal(9), holder=room.firm
        )

        assert self.limit(room) == 9
        assert self.limit(room, room.trader) == 5_000_000
        Limit.objects.filter(firm=room.firm).update(effective_until=NOON)
        assert self.limit(room) == 5_000_000
        Limit.objects.filter(firm=room.firm).update(effective_until=None, effective_from=NOON + timedelta(1))
        assert self.limit(room) == 5_000_000
