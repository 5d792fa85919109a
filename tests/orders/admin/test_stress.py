"""The page that judges past orders by the limits of now."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from orders import services
from orders.admin import stress
from orders.kernel.clock import recorded_now
from orders.limit_kinds import LimitKind
from orders.models import Limit
from orders.permissions import VIEW_LIMITS, VIEW_ORDERS
from tests.sign_in import addresses, filled, sign_in, visible_text
from tests.world import SETUP, World, person

PAGE = reverse("admin:stress")


def _lower(world: World, kind: LimitKind = LimitKind.ORDER_QUANTITY, value: int = 500) -> Limit:
    found = Limit.objects.filter(account=world.account, kind=kind)
    found.update(value=Decimal(value), version=2)
    return found.get()


def _asked(**changes: str) -> dict[str, str]:
    today = recorded_now().astimezone(UTC).date()
    return {"from": str(today - timedelta(days=1)), "to": str(today), **changes}


def test_the_page_begins_with_the_last_thirty_days_and_judges_nothing_unasked(world: World) -> None:
    world.place(quantity="700")
    _lower(world)

    page = sign_in(world.risk_officer).get(PAGE)

    today = recorded_now().astimezone(UTC).date()
    given = filled(page)
    assert (given["from"], given["to"]) == (str(today - timedelta(days=29)), str(today))
    assert page.context["result"] is None
    assert "would have come out differently" not in visible_text(page)


def test_orders_that_would_have_come_out_differently_stand_with_both_limits(world: World) -> None:
    order = world.place(client_order_id="large", quantity="700")
    world.place(client_order_id="dear", quantity="10", limit_price="106")
    world.place(client_order_id="small", quantity="10")
    lowered = _lower(world)
    _lower(world, LimitKind.PRICE_COLLAR_BPS, 700)

    page = sign_in(world.risk_officer).get(PAGE, _asked())

    text = visible_text(page)
    assert "2 of 3 would have come out differently." in text
    assert "Would be refused 1 Would be admitted 1 Would be warned 0" in text
    assert (
        "large ALPHA trader buy SPY 700 would be refused Quantity per order, account ALPHA RISK_ORDER_QUANTITY "
        "700 units 10,000 version 1 500 version 2"
    ) in text
    assert "dear ALPHA trader buy SPY 10 would be admitted Price collar around the last price" in text
    assert "small ALPHA" not in text
    links = addresses(page)
    assert reverse("admin:orders_order_change", args=[order.pk]) + "#tab-risk" in links
    assert reverse("admin:orders_limit_change", args=[lowered.pk]) in links


def test_limits_that_have_not_changed_would_change_nothing(world: World) -> None:
    world.place()
    world.place(quantity="12000")

    text = visible_text(sign_in(world.risk_officer).get(PAGE, _asked()))

    assert "Nothing that could be judged would have come out differently." in text
    assert "Decisions judged 2" in text


def test_what_was_not_kept_is_said_and_counted(world: World) -> None:
    world.place()
    services.register_limit(
        actor=SETUP, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(5), holder=world.account
    )

    text = visible_text(sign_in(world.risk_officer).get(PAGE, _asked()))

    assert "Not judged 1 Unchanged 0" in text
    assert "Gross exposure 0 0 0 0 1" in text
    assert "the figure that this limit needs was not kept" in text


def test_only_the_desk_and_account_that_are_asked_for_are_judged(world: World) -> None:
    world.place(quantity="700")
    services.place(actor=world.stranger, command=world.command(account="BETA"))
    client = sign_in(world.risk_officer)

    def judged(**asked: str) -> int:
        return client.get(PAGE, _asked(**asked)).context["result"]["tally"].judged

    assert (judged(), judged(desk="EQ2"), judged(account="ALPHA"), judged(desk="EQ2", account="ALPHA")) == (
        2,
        1,
        1,
        0,
    )


def test_a_period_without_orders_says_so(world: World) -> None:
    page = sign_in(world.risk_officer).get(PAGE, {"from": "2020-01-01", "to": "2020-01-31"})

    assert "Nothing was decided in this period that you may see." in visible_text(page)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"from": "01/02/2020"}, "Enter a valid date"),
        ({"from": "2020-02-01", "to": "2020-01-01"}, "ends (2020-01-01) before it begins (2020-02-01)"),
        ({"account": "NO-SUCH"}, "Select a valid choice"),
        ({"desk": "\0"}, "Select a valid choice"),
    ],
)
def test_what_is_no_period_and_nobody_is_told_at_its_field(
    world: World, asked: dict[str, str], words: str
) -> None:
    page = sign_in(world.risk_officer).get(PAGE, _asked(**asked))

    assert page.status_code == 400
    assert words in visible_text(page)


def test_the_first_and_the_last_day_that_there_are_are_days(world: World) -> None:
    page = sign_in(world.risk_officer).get(PAGE, {"from": "0001-01-01", "to": "9999-12-31"})

    assert page.status_code == 200


def test_what_is_too_much_for_a_page_is_cut_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stress, "MOST_DECISIONS", 2)
    monkeypatch.setattr(stress, "MOST_ORDERS", 1)
    client = sign_in(world.risk_officer)
    for name in ("second", "third"):
        world.place(client_order_id=name, quantity="700")
    _lower(world)
    whole = visible_text(client.get(PAGE, _asked()))
    services.place(actor=world.stranger, command=world.command(account="BETA", client_order_id="newest"))

    cut = visible_text(client.get(PAGE, _asked()))

    assert "Only the newest" not in whole
    assert "third ALPHA" in whole
    assert "second ALPHA" not in whole
    assert "1 more are counted above." in whole
    assert "1 of 2 would have come out differently." in cut
    assert "Only the newest 2 decisions of the period were judged" in cut


def test_nobody_learns_of_orders_or_limits_beyond_their_grants(world: World) -> None:
    world.place(client_order_id="mine", quantity="700")
    firm = services.register_limit(
        actor=SETUP, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(10**9), holder=world.firm
    )
    world.place(client_order_id="second", quantity="600")
    Limit.objects.filter(pk=firm.pk).update(value=Decimal(77_777))
    blind = person("blind", world.firm, (VIEW_ORDERS,))
    of_limits = person("of-limits", world.firm, (VIEW_LIMITS,))

    mine = visible_text(sign_in(world.trader).get(PAGE, _asked()))
    theirs = visible_text(sign_in(world.stranger).get(PAGE, _asked()))

    assert "Gross exposure" in mine
    assert "gross exposure, not for you to see" in mine.lower()
    assert "77,777" not in mine
    assert "77,777" in visible_text(sign_in(world.risk_officer).get(PAGE, _asked()))
    assert "Nothing was decided in this period that you may see." in theirs
    for actor in (blind, of_limits, world.nobody):
        assert sign_in(actor).get(PAGE).status_code == 403
