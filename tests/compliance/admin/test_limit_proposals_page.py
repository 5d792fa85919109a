"""From what was placed to a limit in force: the page with the reasoning, the form it fills, the second person."""

from datetime import timedelta
from decimal import Decimal
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from compliance.admin.limit_reasoning import LONGEST_REASON, Reasoned
from compliance.models import Approval
from orders import services
from orders.commands import Reason
from orders.limit_kinds import LimitKind
from orders.models import Limit, Order
from orders.permissions import OVERRIDE_LIMITS, VIEW_ORDERS
from orders.sizes.days import Span
from orders.sizes.past import PROPOSABLE
from orders.sizes.proposal import Basis, Measured, propose
from tests.compliance.proposals import agreed
from tests.orders.sizes.history import BEGIN, place_each_day, room_for_many
from tests.sign_in import addresses, filled, in_role, sign_in, visible_text
from tests.world import NOON, World, person

PAGE = reverse("admin:limit_proposals")
ALPHA = {"holder": "account ALPHA"}
USUAL = [100 + number % 50 for number in range(120)]


@pytest.fixture
def history(world: World) -> list[Order]:
    """120 orders of 100 to 149 units on twelve days."""
    room_for_many(world)
    return place_each_day(world, USUAL)


def quantity_limit(world: World) -> Limit:
    return Limit.objects.get(account=world.account, kind="order_quantity")


def proposing(page: object, kind: str = "") -> list[str]:
    """Where the buttons of a page lead."""
    return [each for each in addresses(page) if "propose/?" in each or f"/new/{kind}" in each]


def test_the_page_tells_what_led_to_the_value_in_full_sentences(world: World, history: list[Order]) -> None:
    place_each_day(world, [9_000])
    room = place_each_day(world, [40_000])

    text = visible_text(sign_in(world.risk_officer).get(PAGE, ALPHA))

    assert room[0].denial_code == "RISK_ORDER_QUANTITY"
    # 121 admitted: the 99th percentile lies at place 118.8 of 0 to 120, where 149 stands.
    for sentence in (
        "From 2013-08-23 to 2013-10-04, 122 orders were placed for account ALPHA; 121 were admitted, on 12 days.",
        "Of those admitted, the quantity was 120 units in the median, 149 units at the 99th percentile and"
        " 9,000 units at most.",
        "The present limit is 10,000 units; an admitted order used 90 % of it at most.",
        "As it was when each order was placed, it warned of 1 order and refused 1 order.",
        "The 99th percentile, 149 units, times 1.5 is 223.5 units.",
        "Rounded up to two significant digits: 230 units. By the check's own comparison this would have warned of"
        " 0 orders (from 80 % on) and refused 2 orders of the 122 that were placed.",
        "the notional at worst was 12,000 USD in the median",
        "Nothing is proposed: the 99th percentile is 0, and no margin makes more of it.",
        "0 orders of which a limit measured it were placed for account ALPHA",
        "Nothing is proposed: that takes at least 100 admitted orders, and there are 0.",
    ):
        assert sentence in text, sentence


def test_a_proposal_goes_from_the_page_by_two_persons_into_force(world: World, history: list[Order]) -> None:
    client = sign_in(world.head)
    (url, *_) = proposing(client.get(PAGE, ALPHA))
    form_page = client.get(url)
    form = filled(form_page)

    assert form["value"] == "230"
    reason = unescape(form["reason"])
    assert reason == (
        "p99 of 120 orders 2013-08-23 to 2013-10-04: 148.81; x 1.5, rounded up: 230."
        " Of 120 it had warned 0, refused 0. 10,000 now: 0, 0."
    )
    answer = client.post(url.partition("?")[0], form, follow=True)
    assert "A second person has to decide" in visible_text(answer)
    assert quantity_limit(world).value == 10_000
    approval = Approval.objects.get()
    assert (approval.maker_reason, approval.payload["after"]["value"]) == (reason, "230")
    decide = reverse("admin:compliance_approval_change", args=[approval.pk]) + "decide/"
    sign_in(world.risk_officer).post(decide, {"decision": "approve", "reason": "as history has it"})

    assert quantity_limit(world).value == 230
    assert world.place(quantity="230").status == "new"
    assert world.place(quantity="231").denial_code == "RISK_ORDER_QUANTITY"


def test_a_holder_without_a_limit_gets_the_form_of_a_new_one_filled_in(
    world: World, history: list[Order]
) -> None:
    page = sign_in(world.risk_officer).get(PAGE, {"holder": "trader trader"})
    assert "There is no limit of this kind on trader trader itself" in visible_text(page)
    assert (
        "placed by trader trader, in the accounts of which you see orders and limits; 120 were"
        in visible_text(page)
    )
    (url,) = proposing(page, "order_notional")

    client = sign_in(world.risk_officer)
    form = filled(client.get(url))
    assert (form["holder"], form["value"]) == ("trader trader", "23000")
    client.post(url, form)

    second = person("second", world.firm, ("view_limits", "approve_limits"))
    approval = Approval.objects.get()
    decide = reverse("admin:compliance_approval_change", args=[approval.pk]) + "decide/"
    sign_in(second).post(decide, {"decision": "approve", "reason": "fine"})
    made = Limit.objects.get(trader_id=world.trader.user_id, kind="order_notional")
    assert (made.value, made.account) == (23_000, None)
    assert world.place(quantity="231").denial_code == "RISK_ORDER_NOTIONAL"


def test_quantile_margin_and_days_are_chosen(world: World, history: list[Order]) -> None:
    client = sign_in(world.head)
    asked = {**ALPHA, "share": "1", "margin": "2", "first_day": BEGIN.date().isoformat()}

    page = client.get(PAGE, asked)

    text = visible_text(page)
    assert "The largest order, 149 units, times 2 is 298 units." in text
    assert "From 2013-09-10 to 2013-10-04, 120 orders" in text
    assert '<option value="2" selected>' in page.content.decode()
    assert any("value=300&" in each for each in proposing(page))


def test_what_an_override_allowed_stays_possible_unless_it_is_left_aside(
    world: World, history: list[Order]
) -> None:
    refused = world.place(quantity="10001")
    officer = person("officer", world.firm, (VIEW_ORDERS, OVERRIDE_LIMITS))
    services.grant_override(
        actor=officer,
        order_id=refused.pk,
        codes=["RISK_ORDER_QUANTITY"],
        expires_in_minutes=5,
        reason="a block",
    )
    client = sign_in(world.head)

    kept, left = (client.get(PAGE, {**ALPHA, "floor": floor}) for floor in ("kept", "left"))

    allowed = "An override expressly allowed an order of 10,001 units: "
    assert f"{allowed}the value is not below that." in visible_text(kept)
    assert f"{allowed}that is left aside, as you asked." in visible_text(left)
    assert any("value=11000&" in each for each in proposing(kept))
    assert any("value=230&" in each for each in proposing(left))
    assert any("Not+below+10%2C001%2C+which+an+override+allowed" in each for each in proposing(kept))


def test_a_short_history_speaks_for_nothing_and_says_why(world: World) -> None:
    room_for_many(world)
    place_each_day(world, USUAL, days=9)

    page = sign_in(world.head).get(PAGE, ALPHA)

    assert "Nothing is proposed: that takes orders on at least 10 days, and there are 9." in visible_text(
        page
    )
    assert proposing(page) == []
    nothing = visible_text(sign_in(world.risk_officer).get(PAGE, {"holder": "account BETA"}))
    assert "0 orders were placed for account BETA; 0 were admitted, on 0 days." in nothing


def test_the_value_that_a_limit_has_is_not_proposed_again(world: World, history: list[Order]) -> None:
    client = sign_in(world.head)
    (url, *_) = proposing(client.get(PAGE, ALPHA))
    client.post(url, filled(client.get(url)))
    agreed(world, Approval.objects.get())

    assert all("value=230&" not in each for each in proposing(client.get(PAGE, ALPHA)))


def test_a_limit_that_is_not_in_force_is_said_to_be_none_now(world: World, history: list[Order]) -> None:
    Limit.objects.filter(pk=quantity_limit(world).pk).update(effective_from=NOON + timedelta(days=1))

    text = visible_text(sign_in(world.head).get(PAGE, ALPHA))

    assert "The present limit, which is not in force now, is 10,000 units" in text


def test_who_may_not_propose_sees_the_reasoning_and_no_button(world: World, history: list[Order]) -> None:
    page = sign_in(in_role("compliance_officer", world.firm)).get(PAGE, ALPHA)

    assert "Rounded up to two significant digits: 230 units" in visible_text(page)
    assert "You may not propose limits for account ALPHA." in visible_text(page)
    assert proposing(page) == []
    # The head of a desk may ask for the desk's accounts, and not for a trader, who trades everywhere.
    assert proposing(sign_in(world.head).get(PAGE, ALPHA))
    assert proposing(sign_in(world.head).get(PAGE, {"holder": "trader trader"})) == []


def test_the_address_of_a_filled_form_opens_it_to_nobody_else(world: World, history: list[Order]) -> None:
    (url, *_) = proposing(sign_in(world.head).get(PAGE, ALPHA))

    assert sign_in(world.auditor).get(url).status_code == 403
    assert sign_in(world.stranger).get(url).status_code == 404


def test_what_fills_a_form_is_text(world: World) -> None:
    url = reverse("admin:orders_limit_propose", args=[quantity_limit(world).pk])

    page = sign_in(world.head).get(url, {"reason": '"><script>alert(1)</script>', "version": "7"})

    assert "<script>alert" not in page.content.decode()
    assert filled(page)["version"] == "1"


def test_who_sees_no_limits_or_not_this_holder_sees_nothing(world: World, history: list[Order]) -> None:
    for actor in (world.nobody, in_role("operator", world.firm)):
        assert sign_in(actor).get(PAGE, ALPHA).status_code == 403
    for holder in ("account ALPHA", "trader trader", "account NONE"):
        assert sign_in(world.stranger).get(PAGE, {"holder": holder}).status_code == 404
    assert "ALPHA" not in sign_in(world.stranger).get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"holder": "desk EQ1"}, "For: String should match pattern"),
        ({"share": "0.5"}, "Quantile: Input should be '0.95', '0.99' or '1'"),
        ({"first_day": "2013-10-05"}, "The first day must not come after the last day"),
    ],
)
def test_what_cannot_be_asked_for_is_explained(world: World, asked: dict[str, str], words: str) -> None:
    page = sign_in(world.auditor).get(PAGE, {**ALPHA, **asked})

    assert (page.status_code, words in visible_text(page)) == (400, True)


def test_without_a_holder_the_page_asks_for_one(world: World) -> None:
    assert "Choose an account or a trader" in visible_text(sign_in(world.auditor).get(PAGE))


def test_the_page_asks_the_same_questions_however_many_orders(world: World) -> None:
    room_for_many(world)
    client = sign_in(world.auditor)

    def questions() -> int:
        client.get(PAGE, ALPHA)
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE, ALPHA)
        return len(captured)

    place_each_day(world, [10])
    few = questions()
    place_each_day(world, USUAL)

    assert questions() == few


def test_the_list_of_limits_leads_to_what_history_speaks_for(world: World) -> None:
    client, limits = sign_in(world.auditor), reverse("admin:orders_limit_changelist")

    assert PAGE in addresses(client.get(limits))
    assert PAGE not in addresses(client.get(limits, {"list": "restricted"}))


def test_sizes_lead_to_the_limits_of_their_trader(world: World, history: list[Order]) -> None:
    client = sign_in(world.risk_officer)
    sizes = client.get(reverse("admin:order_sizes"))
    (url,) = {each for each in addresses(sizes) if each.startswith(f"{PAGE}?")}

    assert "120 orders were placed by trader trader" in visible_text(client.get(url))


amounts = st.integers(1, 10**19).map(lambda parts: Decimal(parts) / 10**4)


@given(
    sizes=st.lists(amounts, min_size=100, max_size=120),
    share=st.sampled_from(["0.95", "0.99", "1"]),
    allowed=st.none() | amounts,
    present=st.none() | amounts,
    kind=st.sampled_from(PROPOSABLE),
)
def test_a_reason_always_fits_its_field_and_begins_with_the_value(
    sizes: list[Decimal], share: str, allowed: Decimal | None, present: Decimal | None, kind: LimitKind
) -> None:
    days = [(NOON - timedelta(days=number % 20)).date() for number in range(len(sizes))]
    history = [
        Measured(order_id=uuid4(), day=day, is_admitted=True, value=value)
        for day, value in zip(days, sizes, strict=True)
    ]
    proposal = propose(history, Basis(Decimal(share), Decimal("1.25")), warn_at_percent=80, allowed=allowed)
    limit = None if present is None else Limit(kind=kind, value=present, warn_at_percent=80)
    told = Reasoned(
        kind, "account ALPHA", "USD", Span(days[-1], days[0]), proposal, limit, limit_is_in_force=True
    )

    assert TypeAdapter(Reason).validate_python(told.reason) == told.reason
    assert len(told.reason) <= LONGEST_REASON
    assert "rounded up: " in told.reason
    assert all(sentence.endswith(".") for sentence in told.sentences)


def test_nothing_is_registered_by_looking(world: World, history: list[Order]) -> None:
    before = Limit.objects.count()
    sign_in(world.risk_officer).get(PAGE, ALPHA)

    assert (Limit.objects.count(), Approval.objects.count()) == (before, 0)
    assert sign_in(world.risk_officer).post(PAGE, ALPHA).status_code == 405
