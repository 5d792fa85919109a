"""The page Costs, its files, the order's tab, and the API: the same figures by every door."""

import csv
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from compliance.models import Leaf
from tests.execution.costs.history import LATER, expire, filled_order, set_clock, show_days, show_minutes
from tests.orders.api.conftest import client_of
from tests.sign_in import sign_in, visible_text
from tests.world import World

PAGE = reverse("admin:costs")


@pytest.fixture
def day(world: World) -> World:
    show_minutes(world.instrument, ["100", "101", "102", *["101"] * 10])
    show_days(world.instrument)
    return world


def test_the_page_shows_groups_what_is_left_out_and_what_stood_out(day: World) -> None:
    for _ in range(10):
        filled_order(day, price="100.50", quantity="100")
        filled_order(day, price="100.60", quantity="100")
    costly = filled_order(day, price="104.00", quantity="100")
    day.place()
    set_clock(LATER)

    page = sign_in(day.trader).get(PAGE, {"group_by": "trader"})

    text = visible_text(page)
    assert "21 of 22 measured." in text
    assert "Not measured: 1 still open." in text
    assert "1 of 21 orders, against a median of" in text
    assert "trading 400.0 bps, median 60.0" in text
    assert reverse("admin:orders_order_change", args=[costly.pk]) in page.content.decode()
    # 20 orders of 10,000 with 50 and 60 in turn, and one with 400.
    assert "trader USD 21 210,000.00 1,500.00 71.43" in text


def test_the_files_have_the_figures_of_the_page_and_leave_a_leaf(day: World) -> None:
    filled_order(day, price="101.00")
    set_clock(LATER)
    client = sign_in(day.trader)

    lines = list(csv.reader(client.get(reverse("admin:costs_csv")).content.decode().splitlines()))
    pdf = PdfReader(BytesIO(client.get(reverse("admin:costs_pdf"), {"account": "ALPHA"}).content))

    row = dict(zip(lines[0], lines[1], strict=True))
    assert (row["group"], row["orders"], row["shortfall"], row["shortfall_bps"]) == (
        "direct 1",
        "1",
        "100",
        "100.0000",
    )
    assert (row["vwap_slippage_bps"], row["low_bps"]) == ("49.7512", "")
    assert any("none recorded" in line[0] for line in lines[2:])
    text = pdf.pages[0].extract_text()
    assert "Costs by algorithm" in text
    assert "49.7512" in text
    told = [
        (leaf.actor, '"form":"pdf"' in leaf.body)
        for leaf in Leaf.objects.filter(action="CostsExported").order_by("pk")
    ]
    assert told == [(day.trader.reference, False), (day.trader.reference, True)]


def test_who_sees_no_orders_sees_no_page_and_what_cannot_be_asked_is_explained(day: World) -> None:
    assert sign_in(day.nobody).get(PAGE).status_code == 403
    wrong = sign_in(day.trader).get(PAGE, {"group_by": "mood"})
    assert (wrong.status_code, "By: " in visible_text(wrong)) == (400, True)
    assert sign_in(day.trader).get(reverse("admin:costs_csv"), {"first_day": "x"}).status_code == 400
    assert "No order that you see" in visible_text(sign_in(day.trader).get(PAGE))


def test_the_orders_tab_splits_its_cost(day: World) -> None:
    order = filled_order(day, price="101.00")
    set_clock(LATER)

    page = sign_in(day.trader).get(reverse("admin:orders_order_change", args=[order.pk]) + "panel/costs/")

    text = visible_text(page)
    assert "Trading 100.00 100.00" in text
    assert "Shortfall 100.00 100.00" in text
    still = day.place()
    open_page = sign_in(day.trader).get(
        reverse("admin:orders_order_change", args=[still.pk]) + "panel/costs/"
    )
    assert "still open" in visible_text(open_page)


def test_the_api_tells_the_same_page_by_page(day: World) -> None:
    first, second = filled_order(day, price="101.00"), filled_order(day, price="102.00")
    part = day.place(quantity="10", limit_price="104")
    expire(part, minutes=5)
    set_clock(LATER)
    client = client_of(day.trader)

    pages = [client.get("/api/v1/costs", {"group_by": "parent", "limit": "2"}).json()]
    pages.append(
        client.get("/api/v1/costs", {"group_by": "parent", "limit": "2", "cursor": pages[0]["next"]}).json()
    )
    by_venue = client.get("/api/v1/costs", {"group_by": "venue"}).json()
    one = client.get(f"/api/v1/orders/{first.pk}/costs").json()

    assert [row["group"] for page in pages for row in page["items"]] == [
        str(each.pk) for each in (first, second, part)
    ]
    assert (pages[1]["next"], pages[0]["measured"], pages[0]["fees"]) == (None, 3, "none recorded")
    assert one["costs"] == pages[0]["items"][0]
    assert one["costs"]["components"] == {"delay": "0", "trading": "100", "opportunity": "0", "fees": "0"}
    # The venue has a part in what was filled there alone: 100 and 200 on 20,000.
    (venue,) = by_venue["items"]
    assert (venue["group"], venue["orders"], venue["shortfall"], venue["shortfall_bps"]["mean"]) == (
        "SIM",
        2,
        "300",
        "150",
    )
    hidden = client_of(day.stranger).get(f"/api/v1/orders/{first.pk}/costs")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "RESOURCE_ORDER_NOT_FOUND")
