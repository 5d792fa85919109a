"""The pages of positions: results by desk, cost and gain, lots."""

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse

from orders import services
from orders.kernel.ids import new_id
from orders.models import Account, Instrument, Position
from tests.orders.fills import fill
from tests.orders.rates import record
from tests.orders.test_positions import fill_at
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import NOON, SETUP, World, show_price

LIST = "admin:orders_position_changelist"


def page_of(world: World, position: Position) -> str:
    url = reverse("admin:orders_position_change", args=[position.pk])
    return visible_text(sign_in(world.trader).get(url))


def trade(world: World) -> Position:
    """100 bought at 99 and 50 of them sold at 101; the last price is 100."""
    fill(world.place(), "100", price="99")
    fill(world.place(side="sell", quantity="50"), "50", price="101")
    return Position.objects.get()


def test_the_list_shows_cost_price_and_gain_of_each_position(world: World) -> None:
    trade(world)

    page = sign_in(world.trader).get(reverse(LIST))

    assert "SPY ALPHA 50 99.0000 100.0000 +100.00 +50.00 USD 50 0 0 50 / 20,000" in visible_text(page)
    assert reverse("admin:orders_position_change", args=[Position.objects.get().pk]) in " ".join(
        addresses(page)
    )


def test_results_are_summed_by_desk_and_firm_for_who_sees_the_accounts(world: World) -> None:
    trade(world)
    services.place(actor=world.stranger, command=world.command(account="BETA"))

    head = visible_text(sign_in(in_role("auditor", world.firm)).get(reverse(LIST)))
    other = visible_text(sign_in(world.stranger).get(reverse(LIST)))

    assert "ATLAS all desks +100.00 +50.00 +150.00 USD" in head
    assert "ATLAS EQ1 +100.00 +50.00 +150.00 USD" in head
    assert "ATLAS EQ2 0.00 0.00 0.00 USD" in head
    assert "EQ1" not in other


def test_a_result_that_lacks_a_price_or_a_rate_is_not_told(world: World) -> None:
    trade(world)
    Instrument.objects.update(currency="EUR")
    assert "ATLAS EQ1 - - - USD missing: a rate from EUR into USD" in visible_text(
        sign_in(world.trader).get(reverse(LIST))
    )

    record(world, "USD/EUR", "0.5")
    services.set_market_clock(actor=SETUP, anchor=NOON + timedelta(minutes=5), paused=True)
    show_price(world.instrument, Decimal(98), at=NOON + timedelta(minutes=3))
    text = visible_text(sign_in(world.trader).get(reverse(LIST)))
    assert "ATLAS EQ1 +200.00 -100.00 +100.00 USD" in text

    record(world, "USD/EUR", "0.5", at=NOON - timedelta(hours=2))
    services.set_market_clock(actor=SETUP, anchor=NOON - timedelta(hours=1), paused=True)
    text = visible_text(sign_in(world.trader).get(reverse(LIST)))
    assert "ATLAS EQ1 +200.00 - - USD missing: a price of SPY" in text


def test_a_positions_page_shows_gains_settlement_lots_and_a_chart(world: World) -> None:
    position = trade(world)

    text = page_of(world, position)

    assert "Net 50 Average cost 99.0000 Last price 100.0000 Market value 5,000.00 USD" in text
    assert "Realised +100.00 Unrealised +50.00 Account ALPHA" in text
    assert "Firm ATLAS USD FIFO 99.0000 4,950.00 +100.00 +50.00 none needed" in text
    assert "Unsettled 50 units, -4,850.00 USD" in text
    assert "2013-10-04 16:00:00 50 99.00 SIM" in text
    assert "Between 0 and 100 units" in text


def test_a_positions_page_names_the_rates_and_what_is_missing(world: World) -> None:
    position = trade(world)
    Account.objects.update(currency="EUR")
    assert "Account ALPHA EUR no rate from USD is known" in page_of(world, position)

    record(world, "EUR/USD", "1.25")
    assert "EUR/USD 1.25 inverted ECB, 2013-10-04 16:00:00 UTC" in page_of(world, position)
    Instrument.objects.update(mic="XXXX")
    assert "No settlement cycle is known for XXXX." in page_of(world, position)


def test_the_page_of_a_position_without_trades_says_so(world: World) -> None:
    world.place()

    text = page_of(world, Position.objects.get())

    assert "Nothing is held." in text
    assert "Quantity held" not in text


def test_a_short_positions_lots_are_shown_negative(world: World) -> None:
    fill_at(world.place(side="sell"), "20", "101", minute=0)

    assert "2013-10-04 16:00:00 -20 101.00 SIM" in page_of(world, Position.objects.get())


def test_a_hidden_position_and_an_absent_one_are_the_same_404(world: World) -> None:
    position = trade(world)
    client = sign_in(world.stranger)

    hidden, absent = (
        client.get(reverse("admin:orders_position_change", args=[pk])) for pk in (position.pk, new_id())
    )

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.content == absent.content
