"""The admin in a real browser: signed in, tabs switched and an order cancelled by keyboard alone."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from compliance.commands import ProposeLimitChange
from compliance.services.limit_changes import propose_limit_change
from execution.algorithms import Why
from execution.models import Run
from orders import services
from orders.models import Limit, Order, User
from tests.orders.fills import a_fill
from tests.ports import reserved_port
from tests.qtweb.api.web_server import serving
from tests.sign_in import PASSWORD
from tests.world import NOON, SETUP, World

CHROMIUM, DRIVER = "chromium", "chromedriver"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1600,1000",
)
PATIENCE_S = 120

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not (shutil.which(CHROMIUM) and shutil.which(DRIVER)),
        reason="needs a browser: apt-get install chromium chromium-driver",
    ),
]


@pytest.fixture
def port() -> Iterator[int]:
    with reserved_port() as held:
        yield held


@pytest.fixture
def site(committed_database, committed_world: World, tmp_path: Path, port: int) -> Iterator[str]:
    """The site served by a process of its own on the test's database."""
    with serving(port, committed_database.environment, tmp_path / "web.log"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def browser(site: str, tmp_path: Path) -> Iterator["object"]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    environment = {**os.environ, "HOME": str(tmp_path)}
    driver = webdriver.Chrome(options=options, service=Service(shutil.which(DRIVER), env=environment))
    driver.implicitly_wait(PATIENCE_S)
    yield driver
    driver.quit()


def _open_signed_in(browser, url: str, username: str = "trader") -> None:
    """Open a page: the site asks for name and password first, then leads there."""
    browser.get(url)
    browser.find_element("name", "username").send_keys(username)
    browser.find_element("name", "password").send_keys(PASSWORD, "\n")


def _has_a_password(username: str = "trader") -> None:
    user = User.objects.get(username=username)
    user.is_staff = True
    user.set_password(PASSWORD)
    user.save(update_fields=["is_staff", "password"])


def _wait(browser):
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.support.ui import WebDriverWait

    # An element of the page before may be found and be gone when it is read: the next page is being waited for.
    return WebDriverWait(browser, PATIENCE_S, ignored_exceptions=[StaleElementReferenceException])


def _text_when(browser, words: str) -> str:
    """The page's text once it contains `words`."""

    def text_with_words(driver) -> str:
        text = driver.find_element("id", "main").text
        return text if words in text else ""

    return _wait(browser).until(text_with_words)


def test_a_trader_reads_the_tabs_and_cancels_by_keyboard(site: str, browser, committed_world: World) -> None:
    from selenium.webdriver.common.keys import Keys

    _has_a_password()
    order = committed_world.place(client_order_id="by-keyboard")
    services.apply_execution(
        actor=SETUP, order_id=order.pk, fill=a_fill("40", execution_id="EXEC-IN-BROWSER")
    )
    _open_signed_in(browser, site + reverse("admin:orders_order_change", args=[order.pk]))

    assert "EXEC-IN-BROWSER" in _text_when(browser, "EXEC-IN-BROWSER")
    tab = browser.find_element("id", "tab-executions")
    assert tab.get_attribute("aria-selected") == "true"
    for _each in browser.find_elements("css selector", "[role=tab]"):
        if browser.switch_to.active_element.get_attribute("id") != "tab-history":
            tab.send_keys(Keys.ARROW_RIGHT)
            tab = browser.switch_to.active_element
    assert "ExecutionApplied" in _text_when(browser, "ExecutionApplied")
    assert not browser.find_element("id", "panel-executions").is_displayed()

    browser.find_element("link text", "Cancel order").send_keys(Keys.ENTER)
    browser.find_element("name", "reason").send_keys("changed my mind", Keys.ENTER)

    assert "is now canceled" in _text_when(browser, "is now canceled")
    order = Order.objects.get(pk=order.pk)
    assert (order.status, order.filled_quantity) == ("canceled", 40)
    severe = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert severe == []


def test_a_trader_places_an_order_by_keyboard(site: str, browser, committed_world: World) -> None:
    from selenium.webdriver.common.keys import Keys

    _has_a_password()
    _open_signed_in(browser, site + reverse("admin:orders_order_place"))

    symbol = browser.find_element("name", "symbol")
    _wait(browser).until(lambda driver: driver.switch_to.active_element == symbol)
    assert not browser.find_element("name", "stop_price").is_displayed()
    symbol.send_keys("SPY", Keys.TAB, Keys.TAB, "100")
    browser.find_element("name", "limit_price").send_keys("99.5", Keys.ENTER)
    assert "Would be admitted" in _text_when(browser, "Would be admitted")
    assert not Order.objects.exists()

    browser.find_element("name", "quantity").send_keys("0")
    assert "The terms have changed" in _text_when(browser, "The terms have changed")
    assert not browser.find_element("css selector", "[value=place]").is_enabled()
    browser.find_element("name", "quantity").send_keys(Keys.ENTER)
    assert "1,000" in _text_when(browser, "1,000")
    browser.switch_to.active_element.send_keys(Keys.CONTROL, Keys.ENTER)

    assert "Placed: form-" in _text_when(browser, "Placed: form-")
    order = Order.objects.get()
    assert (order.status, order.quantity, order.limit_price) == ("new", 1000, Decimal("99.5"))


WIDER_THAN_THE_SCREEN = """
    return [...document.querySelectorAll("#main *")]
        .filter((each) => each.scrollWidth > each.clientWidth + 1)
        .filter((each) => ["auto", "scroll"].includes(getComputedStyle(each).overflowX))
        .map((each) => `${each.className} ${each.scrollWidth} > ${each.clientWidth}`);
"""


@pytest.mark.parametrize("width", [1440, 1024])
def test_what_waits_for_a_decision_fits_the_screen_whatever_its_reason(
    site: str, browser, committed_world: World, width: int
) -> None:
    _has_a_password("risk")
    limit = Limit.objects.get(account=committed_world.account, kind="order_notional")
    long = (
        "index rebalancing needs room for larger blocks than usual, as the client's mandate of May says; " * 2
    )
    propose_limit_change(
        actor=committed_world.head,
        limit_id=limit.pk,
        command=ProposeLimitChange(
            value="125000000.50",
            warn_at_percent=90,
            effective_until=NOON + timedelta(days=5),
            reason=long[:200],
        ),
    )
    browser.set_window_size(width, 900)
    _open_signed_in(browser, site + reverse("admin:compliance_approval_changelist"), "risk")

    assert "125,000,000.5 USD" in _text_when(browser, "pending until")
    assert browser.execute_script(WIDER_THAN_THE_SCREEN) == []
    browser.get(site + reverse("admin:orders_limit_changelist"))
    assert "5,000,000 USD" in _text_when(browser, "in force")
    assert browser.execute_script(WIDER_THAN_THE_SCREEN) == []


def test_enter_in_the_reason_decides_nothing_and_each_button_does_by_keyboard(
    site: str, browser, committed_world: World
) -> None:
    from selenium.webdriver.common.keys import Keys

    _has_a_password("risk")
    limit = Limit.objects.get(account=committed_world.account, kind="order_notional")
    asked = propose_limit_change(
        actor=committed_world.head,
        limit_id=limit.pk,
        command=ProposeLimitChange(value="125000000", reason="larger blocks"),
    )
    page = site + reverse("admin:compliance_approval_change", args=[asked.pk])
    _open_signed_in(browser, page, "risk")

    _text_when(browser, "Decide until")
    browser.find_element("name", "reason").send_keys("no such mandate", Keys.ENTER)
    browser.get(page)
    assert "pending" in _text_when(browser, "Decide until")

    browser.find_element("name", "reason").send_keys("no such mandate", Keys.TAB, Keys.TAB)
    assert browser.switch_to.active_element.text == "Refuse"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert "Decided by" in _text_when(browser, "Refused.")
    asked.refresh_from_db()
    assert (asked.state, asked.checker_reason) == ("refused", "no such mandate")


def test_an_order_at_work_is_followed_without_losing_the_keyboard_and_paused_by_it(
    site: str, browser, committed_world: World
) -> None:
    from selenium.webdriver.common.keys import Keys

    _has_a_password()
    twap = {"name": "twap", "parameters": {"slices": 5, "duration_minutes": 60}}
    order = committed_world.place(algorithm=twap)
    run = Run.objects.filter(order_id=order.pk)
    run.update(state="working", why=Why.ON_SCHEDULE)
    page = reverse("admin:orders_order_change", args=[order.pk])
    _open_signed_in(browser, f"{site}{page}")
    browser.find_element("id", "tab-slices").send_keys(Keys.ENTER)
    assert "It is on its schedule." in _text_when(browser, "It is on its schedule.")
    browser.execute_script("document.getElementById('run-pause').focus()")

    run.update(why=Why.BEHIND_SCHEDULE)

    assert "It is behind its schedule." in _text_when(browser, "It is behind its schedule.")
    focused = browser.switch_to.active_element
    assert focused.get_attribute("id") == "run-pause"
    focused.send_keys(Keys.ENTER)
    browser.find_element("name", "reason").send_keys("news", Keys.ENTER)
    assert "Paused since" in _text_when(browser, "Paused since")
    assert Run.objects.get(order_id=order.pk).paused_at is not None
