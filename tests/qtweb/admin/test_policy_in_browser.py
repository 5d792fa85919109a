"""The Content-Security-Policy in a real browser: no page of the site asks for what it forbids."""

import pytest
from django.urls import reverse

from compliance.models import Leaf
from orders.models import Limit, Position, User
from orders.permissions import PERMISSIONS
from tests.orders.fills import fill
from tests.qtweb.admin import test_in_browser as in_browser
from tests.qtweb.admin.test_in_browser import browser, port, site  # noqa: F401 - fixtures
from tests.world import World, person

pytestmark = in_browser.pytestmark

HAS_SETTLED = """
    return document.readyState === "complete" && !document.querySelector("[aria-busy=true]")
        && (!location.pathname.endsWith("/docs") || document.querySelector(".opblock") !== null);
"""
UNDRAWN = """
    return [...document.querySelectorAll("[data-width], [data-left], [data-grow]")]
        .filter((each) => !each.getAttribute("style")).map((each) => each.outerHTML);
"""
FORBIDDEN = """
    document.body.insertAdjacentHTML("beforeend", "<p style='color: red'><img src=x onerror='alert(1)'></p>");
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return window.ran === true;
"""


def _everyone_at_once(world: World) -> str:
    """The name of a person who sees every page with all that can be on it."""
    person("all.of.them", world.firm, tuple(name for name, _title in PERMISSIONS))
    in_browser._has_a_password("all.of.them")
    return str(User.objects.get(username="all.of.them").username)


def _pages(world: World) -> list[str]:
    order = world.place(quantity="100")
    fill(order, "40")
    worked = world.place(algorithm={"name": "twap", "parameters": {"slices": 5, "duration_minutes": 60}})
    limit = Limit.objects.filter(account=world.account).first()
    assert limit is not None
    names = ["index", "orders_order_changelist", "orders_position_changelist", "orders_limit_changelist"]
    names += ["compliance_approval_changelist", "compliance_leaf_changelist", "operations", "controls"]
    names += ["costs", "stress", "order_sizes", "limit_proposals", "orders_order_place", "event_plugins"]
    names += ["orders_riskdecision_changelist", "orders_account_changelist", "roles", "role_propose"]
    names += ["account", "account_password", "token_make", "sign_ins"]
    of_order = reverse("admin:orders_order_change", args=[order.pk])
    tabs = [f"{of_order}?tab={tab}#tab-{tab}" for tab in ("executions", "costs", "risk", "trail", "replay")]
    return [
        *(reverse(f"admin:{name}") for name in names),
        *tabs,
        reverse("admin:orders_order_change", args=[worked.pk]) + "#tab-slices",
        *(of_order + act for act in ("amend/", "cancel/")),
        reverse("admin:orders_position_change", args=[Position.objects.get().pk]),
        *(reverse(f"admin:orders_limit_{name}", args=[limit.pk]) for name in ("change", "propose")),
        reverse("admin:compliance_leaf_change", args=[Leaf.objects.latest("pk").pk]),
        reverse("docs"),
        "/nothing/here",
    ]


def _complaints(browser) -> list[str]:  # noqa: F811
    told = [each["message"] for each in browser.get_log("browser") if each["level"] in ("SEVERE", "WARNING")]
    return [each for each in told if "status of 404" not in each]


def test_no_page_of_the_site_asks_for_what_its_policy_forbids(
    site: str,  # noqa: F811
    browser,  # noqa: F811
    committed_world: World,
) -> None:
    name = _everyone_at_once(committed_world)
    pages = _pages(committed_world)
    in_browser._open_signed_in(browser, site + pages[0], name)
    in_browser._text_when(browser, "Today")

    complaints = {"sign-in": _complaints(browser)}
    for url in pages:
        browser.get(site + url)
        in_browser._wait(browser).until(lambda driver: driver.execute_script(HAS_SETTLED))
        complaints[url] = _complaints(browser) + browser.execute_script(UNDRAWN)
    assert {url: each for url, each in complaints.items() if each} == {}

    browser.get(site + pages[0])
    assert browser.execute_script(FORBIDDEN) is False
    assert len([each for each in _complaints(browser) if "Content Security Policy" in each]) >= 3


@pytest.mark.parametrize("switch", ["theme", "wide"])
def test_what_is_switched_stays_switched_on_the_next_page(
    site: str,  # noqa: F811
    browser,  # noqa: F811
    committed_world: World,
    switch: str,
) -> None:
    in_browser._has_a_password()
    in_browser._open_signed_in(browser, site + reverse("admin:index"))
    in_browser._text_when(browser, "Today")
    classes = "return document.documentElement.className"
    before = browser.execute_script(classes)

    browser.find_element("css selector", f"[data-switch={switch}]").click()

    after = browser.execute_script(classes)
    assert before != after
    browser.get(site + reverse("admin:orders_order_changelist"))
    assert browser.execute_script(classes) == after
