"""What is known of the log, told where people and machines look: first page, page of its own, API, health."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance import log_state
from compliance.models import CopyState, LogWatchStanding, OutsideCopy
from compliance.services.index_leaves import index_batch
from compliance.services.integrate import Integrator
from orders.kernel.clock import recorded_now
from tests.orders.api.conftest import client_of
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import World

FIRST, PAGE = reverse("admin:index"), reverse("admin:log_state")
BROKEN = {
    "broken_what": "the leaf's body does not have the entry's hash",
    "broken_sequence": 8,
    "broken_leaf_id": 9,
    "broken_object": "order 1",
}


def watched(*, seconds_ago: int = 0, **changes: object) -> None:
    now = recorded_now()
    LogWatchStanding.objects.create(
        watched_at=now - timedelta(seconds=seconds_ago),
        verified_size=11,
        whole_size=11,
        whole_root=b"r" * 32,
        whole_at=now - timedelta(seconds=20),
        whole_took_ms=300,
        **changes,
    )


def copy(name: str, state: CopyState, detail: str = "", **changes: object) -> None:
    now = recorded_now()
    facts = {"kind": "folder", "tree_size": 11, "since": now, "checked_at": now, **changes}
    OutsideCopy.objects.create(name=name, state=state, detail=detail, **facts)


@pytest.fixture
def auditor(world: World) -> Client:
    world.place()
    Integrator().run_batch()
    return sign_in(world.auditor)


def test_a_log_that_holds_is_told_in_green_with_the_age_of_the_last_pass(auditor: Client) -> None:
    watched()
    copy("vault", CopyState.AGREES)
    copy("this database", CopyState.AGREES, kind="database")
    copy("gone", CopyState.WITHDRAWN)
    first = auditor.get(FIRST)
    text = visible_text(first)
    assert re.search(r"11 entries verified, last pass 2\d s ago", text)
    assert "1 of 1 copies outside that agree" in text
    assert "Every entry is verified again and again." in text
    assert PAGE in addresses(first)
    assert "Nothing needs you." in visible_text(auditor.get(PAGE))


def test_a_break_is_told_in_red_with_where_it_is(auditor: Client) -> None:
    watched(broken_at=recorded_now(), **BROKEN)
    text = visible_text(auditor.get(FIRST))
    assert "8 broken at entry" in text
    expected = (
        "The log is broken at entry 8 (leaf 9, order 1): the leaf's body does not have the entry's hash"
    )
    assert expected in text
    page = auditor.get(PAGE)
    assert expected in visible_text(page)
    assert reverse("admin:compliance_leaf_change", args=[9]) in addresses(page)


def test_a_copy_that_differs_comes_before_one_that_is_silent(auditor: Client) -> None:
    watched()
    copy("archive", CopyState.SILENT, "the bucket cannot be read")
    copy("vault", CopyState.DIFFERS, "it has 12 entries")
    assert "Nothing is signed, vault differs: it has 12 entries" in visible_text(auditor.get(FIRST))
    text = visible_text(auditor.get(PAGE))
    assert text.index("vault differs") < text.index("archive is silent: the bucket cannot be read")


def test_that_nobody_verifies_is_an_alert_too(auditor: Client) -> None:
    assert "Nobody has verified the log yet: is audit_watch running?" in visible_text(auditor.get(FIRST))
    text = visible_text(auditor.get(PAGE))
    assert "No checkpoint is kept outside the database" in text
    watched(seconds_ago=61)
    assert "Nobody verifies the log since" in visible_text(auditor.get(FIRST))


def test_that_a_search_lags_is_an_alert_after_a_minute(auditor: Client, monkeypatch) -> None:
    watched()
    assert "No search finds" not in visible_text(auditor.get(PAGE))
    monkeypatch.setattr(log_state, "UNSEARCHED_AFTER", timedelta(0))
    assert "No search finds what the log has since" in visible_text(auditor.get(PAGE))
    while index_batch():
        pass
    assert "Nothing needs you." in visible_text(auditor.get(PAGE))


def test_the_api_tells_the_same_to_who_may_read_the_log(world: World) -> None:
    url = "/api/v1/audit/state"
    assert client_of(world.auditor).get(url).json() | {"alerts": 0} == {
        "alerts": 0,
        "is_watched": False,
        "verified_size": 0,
        "last_pass_at": None,
        "last_pass_size": None,
        "broken": None,
        "copies": [],
    }
    watched(broken_at=recorded_now(), **BROKEN)
    copy("vault", CopyState.AGREES)
    told = client_of(world.auditor).get(url).json()
    assert [told["broken"][name] for name in ("sequence", "leaf_id")] == [8, 9]
    assert [(each["name"], each["state"], each["tree_size"]) for each in told["copies"]] == [
        ("vault", "agrees", 11)
    ]
    assert len(told["alerts"]) == 1
    assert client_of(world.trader).get(url).status_code == 403


def test_who_may_not_read_the_log_sees_no_state_of_it(world: World) -> None:
    assert sign_in(in_role("operator", world.firm)).get(PAGE).status_code == 403
    assert "entries verified" not in visible_text(sign_in(world.trader).get(FIRST))


def test_an_alert_is_a_part_of_health_and_leaves_the_site_ready(
    db: None, client: Client, settings: Any
) -> None:
    settings.READINESS_KEPT_S = 0
    watched()
    copy("vault", CopyState.AGREES)
    parts = client.get("/health/ready").json()["parts"]
    assert (parts["audit_log"], parts["checkpoints"]) == ("ok", "ok")
    OutsideCopy.objects.update(state=CopyState.SILENT, detail="it does not answer")
    LogWatchStanding.objects.update(broken_at=recorded_now(), broken_what="an entry is missing")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    parts = answer.json()["parts"]
    assert (parts["audit_log"], parts["checkpoints"]) == ("alert", "alert")
