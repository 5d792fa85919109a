"""The list of orders, and the page of one."""

from django.urls import reverse

from orders.admin.order import OrderAdmin
from orders.models import Position
from tests.orders.fills import fill
from tests.sign_in import addresses, sign_in, visible_text
from tests.world import World

BLOTTER = reverse("admin:orders_order_changelist")


def _listed(page) -> list[str]:
    return [row.client_order_id for row in page.context["cl"].result_list]


def test_the_newest_order_stands_first_and_other_desks_are_not_there(world: World) -> None:
    first, second = world.place(), world.place()

    assert _listed(sign_in(world.trader).get(BLOTTER)) == [second.client_order_id, first.client_order_id]
    assert _listed(sign_in(world.stranger).get(BLOTTER)) == []


def test_filters_narrow_the_list(world: World) -> None:
    bought, sold = world.place(side="buy"), world.place(side="sell")
    fill(sold, "100")
    client = sign_in(world.trader)

    assert _listed(client.get(BLOTTER, {"side": "buy"})) == [bought.client_order_id]
    assert _listed(client.get(BLOTTER, {"status": "filled"})) == [sold.client_order_id]
    assert _listed(client.get(BLOTTER, {"account": "BETA"})) == []
    assert len(_listed(client.get(BLOTTER, {"symbol": "SPY", "account": "ALPHA", "side": ""}))) == 2


def test_an_order_is_found_by_its_id_or_the_beginning_of_its_client_order_id(world: World) -> None:
    order, other = world.place(client_order_id="alpha-1"), world.place(client_order_id="beta-alpha")
    client = sign_in(world.trader)

    assert _listed(client.get(BLOTTER, {"q": str(other.pk)})) == ["beta-alpha"]
    assert _listed(client.get(BLOTTER, {"q": "alpha"})) == [order.client_order_id]
    assert _listed(client.get(BLOTTER, {"q": "100%_"})) == []


def test_pages_follow_each_other_without_gap_or_repetition(world: World, monkeypatch) -> None:
    monkeypatch.setattr(OrderAdmin, "list_per_page", 3)
    placed = [world.place().client_order_id for _ in range(8)]
    client = sign_in(world.trader)

    seen, url = [], BLOTTER
    pages = [client.get(url)]
    while (url := pages[-1].context["cl"].next_url) is not None:
        pages.append(client.get(BLOTTER + url))
    seen = [name for page in pages for name in _listed(page)]
    assert seen == placed[::-1]

    back = client.get(BLOTTER + pages[-1].context["cl"].previous_url)
    assert _listed(back) == _listed(pages[1])
    first = client.get(BLOTTER + back.context["cl"].previous_url)
    assert _listed(first) == _listed(pages[0])
    assert first.context["cl"].previous_url is None


def test_a_place_in_the_list_that_is_none_leads_back_to_the_list(world: World) -> None:
    client = sign_in(world.trader)
    for place in ("nonsense", "1~2", ""):
        answer = client.get(BLOTTER, {"on": place}, follow=True)
        assert answer.status_code == 200


def test_an_order_page_shows_terms_state_and_fills(world: World) -> None:
    order = world.place(quantity="300", limit_price="99.5")
    fill(order, "120", price="99.25")
    client = sign_in(world.trader)
    url = reverse("admin:orders_order_change", args=[order.pk])

    text = visible_text(client.get(url))
    assert "partially filled" in text
    assert "Quantity 300 Limit price 99.50 USD Filled 120 Open 180 Average price 99.25" in text
    assert "Placed by trader" in text

    fills = visible_text(client.get(url + "panel/executions/"))
    assert "2013-10-04 16:00:00 trade 120 99.25 SIM" in fills

    history = visible_text(client.get(url + "panel/history/"))
    assert "ExecutionApplied status new → partially_filled" in history
    assert "gateway" in history


def test_a_refused_order_shows_the_code_and_the_numbers_of_its_denial(world: World) -> None:
    order = world.place(limit_price="140")

    text = visible_text(sign_in(world.trader).get(reverse("admin:orders_order_change", args=[order.pk])))

    assert "Refused: RISK_PRICE_COLLAR" in text
    assert "reference price 100" in text


def test_who_sees_no_limits_sees_the_code_of_a_denial_and_not_its_numbers(world: World) -> None:
    from tests.sign_in import in_role

    order = world.place(quantity="10001")
    client = sign_in(in_role("operator", world.firm))

    text = visible_text(client.get(reverse("admin:orders_order_change", args=[order.pk])))

    assert "Refused: RISK_ORDER_QUANTITY the quantity is above the limit per order" in text
    assert "10,000" not in text
    assert "10000" not in text


def test_a_panel_opens_with_its_own_permission_only(world: World) -> None:
    from tests.sign_in import in_role

    order = world.place()
    url = reverse("admin:orders_order_change", args=[order.pk])
    client = sign_in(in_role("operator", world.firm))

    assert 'id="tab-trail"' not in client.get(url).content.decode()
    assert client.get(url + "panel/history/").status_code == 200
    assert client.get(url + "panel/trail/").status_code == 403
    assert client.get(url + "panel/nonsense/").status_code == 404


def test_a_position_shows_how_near_its_limit_it_could_come(world: World) -> None:
    fill(world.place(quantity="4000"), "1000")

    page = sign_in(world.trader).get(reverse("admin:orders_position_changelist"))

    assert "SPY ALPHA 1,000 100.0000 100.0000 0.00 0.00 USD 1,000 3,000 0 4,000 / 20,000" in visible_text(
        page
    )
    position_page = sign_in(world.trader).get(
        reverse("admin:orders_position_change", args=[Position.objects.get().pk])
    )
    assert f"{BLOTTER}?account=ALPHA&symbol=SPY" in addresses(position_page)


def test_the_position_limit_is_not_shown_to_who_may_not_see_limits(world: World) -> None:
    from tests.sign_in import in_role

    fill(world.place(quantity="4000"), "1000")

    page = sign_in(in_role("operator", world.firm)).get(reverse("admin:orders_position_changelist"))

    assert "20,000" not in visible_text(page)
