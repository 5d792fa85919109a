"""What happened, in a real browser and by keyboard alone: a timeline walked, and an order replayed forward and back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from execution.market_data.bars import Bar
from execution.services.market_data import load_bars
from orders import services
from tests.compliance.log import indexed
from tests.orders.fills import fill
from tests.qtweb.admin import test_in_browser
from tests.qtweb.admin.test_in_browser import _has_a_password, _open_signed_in, _text_when, _wait
from tests.world import NOON, SETUP, World

pytestmark = test_in_browser.pytestmark
port, site, browser = test_in_browser.port, test_in_browser.site, test_in_browser.browser


@pytest.fixture
def order(committed_world: World):
    """Placed at noon, filled twice within minutes, with the market's minutes before and after."""
    load_bars(
        actor=SETUP,
        bars=[
            Bar("SPY", NOON + timedelta(minutes=n), *[Decimal(100) + Decimal(n % 7) / 10] * 4, Decimal(900))
            for n in (*range(-30, -1), *range(5))
        ],
    )
    placed = committed_world.place(client_order_id="replayed", limit_price="101")
    services.set_market_clock(actor=SETUP, anchor=NOON + timedelta(minutes=3), paused=True)
    fill(placed, "40", price="100.5")
    fill(placed, "60", price="100.4")
    indexed()
    return placed


def test_an_order_is_replayed_forward_and_back_by_arrow_keys(
    site: str, browser, committed_world: World, order
) -> None:
    from selenium.webdriver.common.keys import Keys

    _has_a_password()
    _open_signed_in(browser, site + reverse("admin:orders_order_change", args=[order.pk]))
    _text_when(browser, "Executions")
    browser.find_element("id", "tab-executions").send_keys(Keys.END)
    assert "The order after it" in _text_when(browser, "Step 1 of 3")
    replay = browser.find_element("css selector", "[data-replay]")

    replay.send_keys(Keys.ARROW_RIGHT)
    assert "Step 2: ExecutionApplied" in _text_when(browser, "Step 2 of 3")
    replay.send_keys(Keys.END)
    assert "filled" in _text_when(browser, "Step 3 of 3")
    replay.send_keys(Keys.ARROW_RIGHT)
    replay.send_keys(Keys.ARROW_LEFT)
    assert "Step 2: ExecutionApplied" in _text_when(browser, "Step 2 of 3")
    here = browser.find_elements("css selector", ".qt-step.is-here")
    assert [each.get_attribute("data-mark") for each in here] == ["2"]


def test_a_timeline_is_walked_by_keys_and_enter_opens_the_entry(
    site: str, browser, committed_world: World, order
) -> None:
    from selenium.webdriver.common.keys import Keys

    _has_a_password("auditor")
    timeline = f"{reverse('admin:compliance_leaf_timeline')}?object_type=order&object_id={order.pk}"
    _open_signed_in(browser, site + timeline, "auditor")
    _text_when(browser, "OrderPlaced")

    page = browser.find_element("tag name", "body")
    page.send_keys(Keys.ARROW_DOWN)
    browser.switch_to.active_element.send_keys("j")
    assert browser.switch_to.active_element.text == "ExecutionApplied"
    browser.switch_to.active_element.send_keys(Keys.ARROW_UP)
    assert browser.switch_to.active_element.text == "OrderPlaced"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    _wait(browser).until(lambda driver: "/compliance/leaf/" in driver.current_url)
    assert '"client_order_id": "replayed"' in _text_when(browser, "Place in the tree")
