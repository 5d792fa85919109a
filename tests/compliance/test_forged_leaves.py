"""Who may add leaves may forge one about an order: each door shows it as what it is, and all else as ever."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from compliance import verify
from compliance.told import readable, told_by
from orders.models import Order, User
from tests.compliance.cases.exporting import AUDIT_KEYS, KEY, exported, log_signed
from tests.compliance.log import forge
from tests.sign_in import sign_in
from tests.tokens import EVERYTHING
from tests.world import World

SURROGATE = r'{"facts":{"x\ud800":"y\udfff"}}'
DEEP = '{"facts":' * 900 + "1" + "}" * 900
FORGED = {
    "half a surrogate": {"body": SURROGATE},
    "mappings within mappings": {"body": DEEP},
    "lists within lists": {"body": "[" * 30_000},
    "no JSON": {"body": "nothing"},
    "nobody's name": {"body": "{}", "actor": "user:zzz"},
    "before the first year": {"body": json.dumps({"market_time": "0001-01-01T00:00:00+14:00"})},
    "after the last year": {"body": json.dumps({"market_time": "9999-12-31T23:59:59-14:00"})},
}


@pytest.fixture
def order(world: World, settings: Any) -> Order:
    """An order about which leaves were forged, in a signed log."""
    settings.AUDIT_KEYS = AUDIT_KEYS
    order = world.place()
    for said in FORGED.values():
        forge(object_type="order", object_id=str(order.pk), **said)
    log_signed()
    return order


def test_every_door_shows_an_order_about_which_leaves_were_forged(world: World, order: Order) -> None:
    client, api = sign_in(world.auditor), APIClient()
    api.force_authenticate(User.objects.get(pk=world.auditor.user_id), EVERYTHING)
    page, of_log = reverse("admin:orders_order_change", args=[order.pk]), "admin:compliance_leaf"
    doors = {
        "the order": client.get(page),
        "its trail": client.get(page, {"panel": "trail"}),
        "its replay": client.get(page, {"panel": "replay"}),
        "its timeline": client.get(reverse(f"{of_log}_timeline"), {"object_id": str(order.pk)}),
        "the log": client.get(reverse(f"{of_log}_changelist")),
        "the trail": api.get(f"/api/v1/orders/{order.pk}/audit"),
        "the replay": api.get(f"/api/v1/orders/{order.pk}/replay"),
        "the search": api.get("/api/v1/audit/leaves", {"object_id": str(order.pk)}),
    }
    assert {name: answer.status_code for name, answer in doors.items()} == dict.fromkeys(doors, 200)
    for name in ("the trail", "the replay", "the search"):
        assert doors[name].content.count(b'"Forged"') == len(FORGED)


def test_a_bundle_has_them_tells_which_cannot_be_read_and_so_does_its_verifier(
    world: World, order: Order, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = sign_in(world.auditor).get(f"/admin/audit/orders/{order.pk}/bundle")
    assert taken.status_code == 200
    story = ZipFile(BytesIO(taken.content)).read("story.txt").decode()
    assert r"x\ud800 = y\udfff" in story
    assert story.count("cannot be read: it is no entry of this log") == 3
    file = tmp_path / "bundle.zip"
    file.write_bytes(taken.content)
    verify.main(["bundle", str(file), *KEY])
    told = capsys.readouterr().out
    assert told.count("FAULT malformed: leaf") == 3
    assert "altered" not in told


def test_a_case_of_the_order_is_written(world: World, order: Order) -> None:
    assert exported(world.auditor, order_id=order.pk).state == "ready"


def test_what_utf_8_cannot_spell_is_shown_by_its_code() -> None:
    assert told_by(SURROGATE).facts == ((r"x\ud800", r"y\udfff"),)
    assert r"y\\udfff" in readable(SURROGATE)
    assert (told_by(DEEP).facts, readable(DEEP)) == ((), DEEP)
