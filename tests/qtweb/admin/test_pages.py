"""What holds for every page of the admin site."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.models import Leaf
from orders.kernel.context import Actor
from orders.models import Limit, Order, Position
from orders.permissions import PERMISSIONS
from tests.compliance.proposals import propose_value
from tests.orders.fills import fill
from tests.sign_in import addresses, sign_in, visible_text
from tests.world import World, person

HOSTILE = "<script>alert(1)</script>&<b>bold</b>"


@pytest.fixture
def everyone_at_once(world: World) -> Actor:
    """A person with every permission on the firm: sees every page with all that can be on it."""
    return person("all.of.them", world.firm, tuple(name for name, _title in PERMISSIONS))


def _limit(world: World) -> Limit:
    return Limit.objects.get(account=world.account, kind="position_quantity")


def _pages(world: World, order: Order) -> list[str]:
    approval = propose_value(
        actor=world.head, limit_id=_limit(world).pk, value="25000", reason="a bigger mandate"
    )
    names = ["index", "orders_order_changelist", "orders_position_changelist", "orders_limit_changelist"]
    names += ["compliance_approval_changelist", "compliance_leaf_changelist", "operations"]
    names += ["controls", "costs", "stress", "order_sizes", "limit_proposals", "orders_order_place"]
    names += ["orders_riskdecision_changelist"]
    names += [f"orders_{each}_changelist" for each in ("instrument", "market", "account")]
    order_url = reverse("admin:orders_order_change", args=[order.pk])
    return [
        *(reverse(f"admin:{name}") for name in names),
        *(order_url + rest for rest in ("", "amend/", "cancel/", "panel/executions/", "panel/history/")),
        *(order_url + rest for rest in ("panel/trail/", "panel/risk/", "panel/costs/")),
        reverse("admin:orders_position_change", args=[Position.objects.get().pk]),
        *(
            reverse(f"admin:orders_limit_{name}", args=[_limit(world).pk])
            for name in ("change", "propose", "end")
        ),
        reverse("admin:orders_limit_choose"),
        reverse("admin:orders_market_state", args=["ARCX"]),
        *(reverse("admin:orders_limit_new", args=[kind]) for kind in ("gross_notional", "permitted")),
        reverse("admin:compliance_approval_change", args=[approval.pk]),
        reverse("admin:compliance_leaf_change", args=[Leaf.objects.latest("pk").pk]),
    ]


def test_no_page_loads_or_links_anything_from_elsewhere(world: World, everyone_at_once: Actor) -> None:
    client = sign_in(everyone_at_once)
    for url in _pages(world, world.place()):
        page = client.get(url)
        outside = [each for each in addresses(page) if each.startswith(("http:", "https:", "//", "data:"))]
        assert (url, page.status_code, outside) == (url, 200, [])


def test_every_page_is_called_qtweb(world: World, everyone_at_once: Actor) -> None:
    client = sign_in(everyone_at_once)
    for url in _pages(world, world.place()):
        if "/panel/" not in url:
            assert "| qtweb</title>" in client.get(url).content.decode()


def test_facts_cannot_be_posted(world: World, everyone_at_once: Actor) -> None:
    order = world.place()
    client = sign_in(everyone_at_once)
    for url in _pages(world, order):
        if url.endswith(
            ("amend/", "cancel/", "propose/", "place/", "end/", "gross_notional/", "permitted/", "state/")
        ):
            continue
        assert client.post(url, {"status": "filled", "filled_quantity": "100"}).status_code == 405
    order.refresh_from_db()
    assert (order.status, order.version) == ("new", 1)


@pytest.mark.parametrize("rest", ["amend/", "cancel/"])
def test_an_act_needs_the_token_of_its_form(world: World, rest: str) -> None:
    order = world.place()
    client = sign_in(world.trader, enforce_csrf=True)

    answer = client.post(
        reverse("admin:orders_order_change", args=[order.pk]) + rest,
        {"quantity": "200", "limit_price": "100", "revision": "1", "reason": "none"},
    )

    assert answer.status_code == 403
    order.refresh_from_db()
    assert order.version == 1


def _queries(world: World, actor: Actor, url: str) -> int:
    client = sign_in(actor)
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    assert not [query["sql"] for query in captured if "COUNT(*)" in query["sql"]]
    return len(captured)


def _more_orders(world: World) -> None:
    for number in range(7):
        fill(world.place(quantity="10", side="buy" if number % 2 else "sell"), "5")


def _more_approvals(world: World) -> None:
    for value in range(5):
        propose_value(
            actor=world.head, limit_id=_limit(world).pk, value=str(30_000 + value), reason="why not"
        )


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("orders_order_changelist", _more_orders),
        ("orders_position_changelist", _more_orders),
        ("orders_limit_changelist", _more_orders),
        ("compliance_approval_changelist", _more_approvals),
        ("compliance_leaf_changelist", _more_orders),
        ("index", _more_orders),
        ("order_sizes", _more_orders),
    ],
)
def test_a_page_asks_the_same_number_of_questions_however_many_rows(
    world: World, everyone_at_once: Actor, name: str, more: Callable[[World], None]
) -> None:
    url = reverse(f"admin:{name}")
    more(world)
    before = _queries(world, everyone_at_once, url)
    more(world)

    assert _queries(world, everyone_at_once, url) == before


def test_markup_in_a_reason_is_text_wherever_it_is_shown(world: World, everyone_at_once: Actor) -> None:
    order = world.place()
    client = sign_in(everyone_at_once)
    order_url = reverse("admin:orders_order_change", args=[order.pk])
    limit_url = reverse("admin:orders_limit_propose", args=[_limit(world).pk])

    client.post(order_url + "cancel/", {"reason": HOSTILE})
    client.post(limit_url, {"value": "25000", "warn_at_percent": "80", "version": "1", "reason": HOSTILE})

    inbox = reverse("admin:compliance_approval_changelist")
    for url in (order_url + "panel/history/", inbox):
        page = client.get(url)
        assert HOSTILE not in page.content.decode()
        assert HOSTILE in visible_text(page)


def test_markup_in_a_filter_or_a_search_is_text(world: World, everyone_at_once: Actor) -> None:
    client = sign_in(everyone_at_once)
    for name, given in (
        ("orders_order_changelist", {"q": HOSTILE, "symbol": HOSTILE}),
        ("compliance_leaf_changelist", {"actor": HOSTILE, "correlation_id": HOSTILE}),
    ):
        page = client.get(reverse(f"admin:{name}"), given)
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()


def test_no_list_is_asked_for_a_character_that_nothing_can_hold(
    world: World, everyone_at_once: Actor
) -> None:
    client = sign_in(everyone_at_once)
    for name in ("orders_order", "orders_limit", "orders_account", "compliance_approval", "compliance_leaf"):
        url = reverse(f"admin:{name}_changelist")
        filters = [spec.parameter_name for spec in client.get(url).context["cl"].filter_specs]
        for parameter in (*filters, "on", "back", "q"):
            assert client.get(url, {parameter: "a\0b"}).status_code == 400


def test_a_filter_that_the_list_does_not_have_is_refused(world: World, everyone_at_once: Actor) -> None:
    url = reverse("admin:orders_order_changelist") + "?placed_by__password__startswith=p"

    assert sign_in(everyone_at_once).get(url).status_code == 400
