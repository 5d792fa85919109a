"""The page Order sizes: who orders how much, what stood out, and who sees it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Limit
from tests.orders.sizes.history import BEGIN, place_each_day, room_for_many
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import NOON, TRADING, World, person

PAGE = reverse("admin:order_sizes")


@pytest.fixture
def room(world: World) -> World:
    room_for_many(world)
    return world


def test_a_compliance_officer_sees_what_each_trader_orders_and_what_stood_out(room: World) -> None:
    place_each_day(room, [95 + number for number in range(25)])
    (large,) = place_each_day(room, [20_000], limit_price="103")
    place_each_day(room, [30], actor=room.stranger, account="BETA")

    page = sign_in(in_role("compliance_officer", room.firm)).get(PAGE)

    text = visible_text(page)
    assert "from 2013-08-23 to 2013-10-04 (market time, UTC)" in text
    # 26 orders: 95 to 119 units and one of 20,000; the median lies between 107 and 108.
    quantity = "Quantity 107.5 118.75 15,029.75 20,000 10,000 units account ALPHA"
    what = "26 1 refused as too large 1 large, 0 small"
    named = visible_text(page).partition(what)[2].split()[0]
    assert f"trader Limits from history {what} {named} {quantity}" in text
    assert str(large.pk).endswith(named.removeprefix("…"))
    assert "Notional, USD 10,750 11,875 1,547,975 2,060,000 5,000,000 USD account ALPHA" in text
    assert "From last price, bps 0 0 225 300 5,000 bps account ALPHA" in text
    assert (
        "stranger Limits from history 1 none refused or warned too few to tell: 1 of 20 Quantity 30 30 30 30"
        in text
    )
    order = reverse("admin:orders_order_change", args=[large.pk])
    limit = Limit.objects.get(account=room.account, kind="order_notional")
    assert addresses(page).count(order) == 4  # largest thrice, and it stood out
    assert reverse("admin:orders_limit_change", args=[limit.pk]) in addresses(page)


def test_the_picture_says_in_words_what_it_shows(room: World) -> None:
    place_each_day(room, [10, 1_000, 60_000])

    html = sign_in(room.auditor).get(PAGE).content.decode()

    words = "trader: from 1,000.00 to 6,000,000.00 USD, median 100,000.00, 99th percentile 5,882,000.00"
    assert f'aria-label="{words}; lowest limit 5,000,000 USD, account ALPHA"' in html
    assert 'class="qt-beyond"' in html


def test_a_row_leads_to_what_the_trader_orders_in_each_instrument(room: World) -> None:
    place_each_day(room, [10])
    client = sign_in(room.auditor)
    (narrowed,) = {each for each in addresses(client.get(PAGE)) if "apart=instrument" in each}

    text = visible_text(client.get(narrowed))

    assert "trader SPY Limits from history 1 none refused or warned" in text


def test_the_choices_narrow_the_page_and_stay_chosen(room: World) -> None:
    place_each_day(room, [10])
    place_each_day(room, [30], actor=room.stranger, account="BETA")
    client = sign_in(room.auditor)

    page = client.get(PAGE, {"account": "BETA", "trader": "", "first_day": "2013-09-10", "last_day": ""})

    assert [row.sizes.trader for row in page.context["rows"]] == ["stranger"]
    html = page.content.decode()
    assert '<option value="BETA" selected>' in html
    assert 'name="first_day" value="2013-09-10"' in html
    assert 'name="last_day" value="2013-10-04"' in html


def test_days_without_orders_say_so_and_how_to_see_all(room: World) -> None:
    client = sign_in(room.auditor)

    assert "Nothing was placed from 2013-08-23 to 2013-10-04 that you see" in visible_text(client.get(PAGE))
    assert "Show all" in visible_text(client.get(PAGE, {"symbol": "SPY"}))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"first_day": "2013-10-05"}, "The first day must not come after the last day"),
        ({"first_day": "2001-01-01"}, "The first day must be less than 366 days before the last day"),
        ({"last_day": "yesterday"}, 'Last day: must be a date, for example "2013-10-07"'),
        ({"trader": "a\0b"}, "Trader: String should match pattern"),
        ({"mood": "good"}, "Mood: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_asked_for_is_explained(room: World, asked: dict[str, str], words: str) -> None:
    page = sign_in(room.auditor).get(PAGE, asked)

    assert (page.status_code, words in visible_text(page)) == (400, True)


def test_markup_in_a_choice_is_text(room: World) -> None:
    page = sign_in(room.auditor).get(PAGE, {"first_day": "<b>1</b>", "<script>": "1"})

    assert "<script>alert" not in page.content.decode()
    assert "<b>1</b>" not in page.content.decode()


def test_who_sees_one_desk_sees_its_traders_alone(room: World) -> None:
    place_each_day(room, [10])
    place_each_day(room, [30], actor=room.stranger, account="BETA")

    page = sign_in(in_role("desk_head", room.desk)).get(PAGE)

    assert [row.sizes.trader for row in page.context["rows"]] == ["trader"]
    assert "stranger" not in page.content.decode()
    assert "BETA" not in page.content.decode()


def test_who_may_see_no_limit_does_not_see_the_page(room: World) -> None:
    assert sign_in(in_role("operator", room.firm)).get(PAGE).status_code == 403
    assert sign_in(room.nobody).get(PAGE).status_code == 403


def test_the_page_asks_the_same_questions_for_fifty_traders_as_for_two(room: World) -> None:
    traders = [person(f"trader.{number:02}", room.desk, TRADING) for number in range(50)]
    client = sign_in(room.auditor)

    def questions() -> int:
        client.get(PAGE)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    for actor in traders[:2]:
        place_each_day(room, [10], actor=actor)
    few = questions()
    for actor in traders[2:]:
        place_each_day(room, [10], actor=actor)

    assert len(client.get(PAGE).context["rows"]) == 50
    assert questions() == few


def test_a_day_before_the_range_is_left_out(room: World) -> None:
    place_each_day(room, [10], days=1)
    client = sign_in(room.auditor)

    after = {"first_day": (BEGIN + timedelta(days=1)).date().isoformat(), "last_day": NOON.date().isoformat()}
    assert client.get(PAGE, after).context["rows"] == []
