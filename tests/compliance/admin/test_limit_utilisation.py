"""How near limits are, and how near they came: bars in the list, the most used first, and the chart of one limit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.admin.limits import LimitAdmin
from orders.limit_kinds import LimitKind
from orders.models import Limit
from orders.services import register_account, register_limit
from tests.compliance.proposals import agreed, propose_value
from tests.orders.samples import put, sample
from tests.sign_in import addresses, sign_in, visible_text
from tests.world import NOON, SETUP, World

LIMITS = reverse("admin:orders_limit_changelist")
K = LimitKind
TIGHTEST = {"sort": "tightest"}


def limit_of(kind: LimitKind, holder: Any, value: str) -> Limit:
    return register_limit(actor=SETUP, kind=kind, value=Decimal(value), holder=holder)


@pytest.fixture
def limit(world: World) -> Limit:
    """The position limit of ALPHA: 20,000 units."""
    return Limit.objects.get(account=world.account, kind=K.POSITION_QUANTITY)


def page_of(limit: Limit, **query: str) -> str:
    url = reverse("admin:orders_limit_change", args=[limit.pk])
    return url + "".join(f"?{name}={value}" for name, value in query.items())


def shown(client: Client, **query: str) -> list[Limit]:
    return list(client.get(LIMITS, query).context["cl"].result_list)


def test_every_limit_of_which_something_is_used_shows_its_bar_and_where_it_warns(
    world: World, limit: Limit
) -> None:
    world.place(quantity="4000")
    for kind, value in ((K.GROSS_NOTIONAL, "500000"), (K.CONCENTRATION_BPS, "9000"), (K.CASH_MINIMUM, "0")):
        limit_of(kind, world.desk, value)

    page = sign_in(world.risk_officer).get(LIMITS)

    text = visible_text(page)
    assert "account ALPHA anything position per instrument 20,000 units 4,000 20.0 % -" in text
    assert "gross exposure 500,000 USD 400,000 80.0 %" in text
    assert "of the gross limit 9,000 bps 8,000 88.9 %" in text
    assert "cash that must remain 0 USD -400,000 left exceeded" in text
    html = page.content.decode()
    assert html.count('class="qt-use qt-near"') == 2
    assert html.count('class="qt-use qt-full"') == 1
    assert 'aria-label="20.0 % of the limit, warns from 80 %"' in html
    assert '<i data-left="80">' in html


def test_the_most_used_limits_come_first_where_that_is_asked_for(world: World, limit: Limit) -> None:
    gross = limit_of(K.GROSS_NOTIONAL, world.desk, "500000")
    world.place(quantity="4000")
    client = sign_in(world.risk_officer)

    first, second, third, *others = shown(client, **TIGHTEST)

    assert [first.pk, second.pk] == [gross.pk, limit.pk]
    assert third.use is not None and third.use.percent == 0
    assert {row.use for row in others} == {None}
    assert shown(client, sort="tightest", kind="position_quantity")[0].pk == limit.pk
    text = visible_text(client.get(LIMITS, TIGHTEST))
    assert "By holder" in text and "Show all" not in text
    assert gross.pk not in [row.pk for row in shown(sign_in(world.stranger), **TIGHTEST)]


def test_the_most_used_first_is_paged_forth_and_back(
    world: World, limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, quantity in enumerate(("300", "200", "100")):
        account = register_account(actor=SETUP, desk=world.desk, code=f"A{number}")
        for kind, value in ((K.POSITION_QUANTITY, quantity), (K.ORDER_QUANTITY, "1000")):
            limit_of(kind, account, value)
    client = sign_in(world.risk_officer)
    everything = [row.pk for row in shown(client, **TIGHTEST)]
    monkeypatch.setattr(LimitAdmin, "list_per_page", 3)

    found, url = [], LIMITS + "?sort=tightest"
    pages = []
    while url:
        changes = client.get(url).context["cl"]
        pages.append([row.pk for row in changes.result_list])
        found += pages[-1]
        previous, url = changes.previous_url, changes.next_url and LIMITS + changes.next_url
    assert found == everything
    assert len(pages) > 3
    assert [row.pk for row in client.get(LIMITS + previous).context["cl"].result_list] == pages[-2]


@pytest.mark.parametrize("place", ["x", "1~", "1~x", "NaN~00000000-0000-7000-8000-000000000000"])
def test_what_is_no_place_in_the_list_is_none(world: World, place: str) -> None:
    answer = sign_in(world.risk_officer).get(LIMITS, {**TIGHTEST, "on": place})

    assert answer.status_code in (302, 400)


def test_the_list_shows_thirty_days_at_a_glance(world: World, limit: Limit) -> None:
    put(limit, NOON - timedelta(days=4), 18_200)
    put(limit, NOON - timedelta(days=3), 200)

    page = sign_in(world.head).get(LIMITS)

    assert "Highest of 30 days: 91.0 % on 2013-09-30" in page.content.decode()
    assert page.content.decode().count('<rect class="qt-near"') == 2
    assert page.content.decode().count('<rect class="qt-"') == 3


def test_the_page_of_a_limit_charts_both_values_and_names_the_highest(world: World, limit: Limit) -> None:
    world.place(quantity="4000")
    sample()
    agreed(
        world, propose_value(actor=world.head, limit_id=limit.pk, value="25000", reason="a bigger mandate")
    )
    sample()

    page = sign_in(world.auditor).get(page_of(limit))

    text = visible_text(page)
    assert "Used 4,000 16.0 %" in text
    assert "Highest: 4,000 , 20.0 % of the limit of 20,000 units, at 2013-10-04 16:00:00 UTC" in text
    assert "Sampled every 10 seconds, kept where something changed" in text
    assert "2013-10-04 16:00:00 4,000 4,000 20.0 %" in text
    assert 'class="qt-chart"' in page.content.decode()


def test_a_change_of_the_value_is_marked_and_stands_in_the_numbers(world: World, limit: Limit) -> None:
    put(limit, NOON - timedelta(hours=2), 4000, peak=16_000)
    put(limit, NOON - timedelta(hours=1), 4000, version=2, value=25_000)

    text = visible_text(sign_in(world.auditor).get(page_of(limit)))

    assert "Highest: 16,000 , 80.0 % of the limit of 20,000 units, at 2013-10-04 14:00:00 UTC" in text
    assert "version 2" in text
    assert "2013-10-04 15:00:00 4,000 4,000 16.0 % 20,000 → 25,000 80 % 2" in text


def test_a_window_is_chosen_and_what_is_none_is_today(world: World, limit: Limit) -> None:
    put(limit, NOON - timedelta(days=20), 9000)
    put(limit, NOON - timedelta(days=10), 100)
    client = sign_in(world.auditor)

    assert "Highest: 100 , 0.5 %" in visible_text(client.get(page_of(limit)))
    assert "Highest: 100 , 0.5 %" in visible_text(client.get(page_of(limit, window="century")))
    month = client.get(page_of(limit, window="month"))
    assert "Highest: 9,000 , 45.0 %" in visible_text(month)
    assert {"?window=today#utilisation", "?window=week#utilisation"} <= set(addresses(month))


def test_a_limit_that_was_never_sampled_says_when_it_will_be(world: World, limit: Limit) -> None:
    text = visible_text(sign_in(world.auditor).get(page_of(limit)))

    assert "Nothing is known of this time. The first sample comes within 10 seconds" in text
    assert "The numbers" not in text
    Limit.objects.filter(pk=limit.pk).update(effective_from=NOON + timedelta(days=1))
    assert "Only what is in force is sampled" in visible_text(sign_in(world.auditor).get(page_of(limit)))


def test_a_limit_that_is_counted_by_the_order_has_no_history_of_use(world: World) -> None:
    per_order = Limit.objects.get(account=world.account, kind=K.ORDER_QUANTITY)

    assert "What was used" not in visible_text(sign_in(world.auditor).get(page_of(per_order)))


def test_who_does_not_see_the_limit_sees_nothing_of_its_use(world: World, limit: Limit) -> None:
    put(limit, NOON, 4321)

    assert sign_in(world.stranger).get(page_of(limit)).status_code == 404
    assert sign_in(world.nobody).get(page_of(limit)).status_code == 403
    assert sign_in(world.nobody).get(LIMITS, TIGHTEST).status_code == 403
    for query in ({}, TIGHTEST):
        assert limit.pk not in [row.pk for row in shown(sign_in(world.stranger), **query)]


@pytest.mark.parametrize("query", [{}, TIGHTEST], ids=["by holder", "most used first"])
def test_the_list_asks_as_many_questions_for_two_hundred_limits_as_for_five(
    world: World, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LimitAdmin, "list_per_page", 300)
    client = sign_in(world.risk_officer)
    counts = []
    for accounts in (1, 50):
        for number in range(accounts):
            account = register_account(actor=SETUP, desk=world.desk, code=f"A{accounts}-{number}")
            for kind in (K.POSITION_QUANTITY, K.GROSS_NOTIONAL, K.NET_NOTIONAL, K.CREDIT_NOTIONAL):
                limit_of(kind, account, "1000")
        sample(minutes=accounts)
        client.get(LIMITS, query)
        with CaptureQueriesContext(connection) as captured:
            rows = shown(client, **query)
        counts.append((len(captured), len(rows) > 4 * accounts))

    assert counts[0] == counts[1] == (counts[0][0], True)
