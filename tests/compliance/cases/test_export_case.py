"""A case from the question to the file: what is in it, who sees what, and what the log keeps of it."""

import hashlib
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from compliance import verify
from compliance.cases.gathered import Gathered
from compliance.cases.reads import MOST_ATTEMPTS, case_for, cases_for
from compliance.cases.summary import MOST_LEAVES, Summary, summary_pdf
from compliance.errors import CaseEmpty, CaseNotFound, CaseNotReady, CaseTooLarge
from compliance.leaves import canonical
from compliance.models import Case, CaseFile, CaseState, Leaf, SignedCheckpoint
from compliance.services.export_case import (
    export_case,
    request_case,
    request_case_on_machine,
    take_case,
    take_case_on_machine,
)
from compliance.tasks import export_cases
from compliance.tree_reads import opened_head
from orders.commands import CancelOrder
from orders.errors import OrderNotFound
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor, Door, correlated
from orders.kernel.errors import InvalidInput, NotPermitted
from orders.kernel.ids import new_id
from orders.models import Order
from orders.permissions import VIEW_AUDIT, VIEW_ORDERS
from orders.services import cancel
from qtweb.embedded.instance import CHECKOUT
from tests.compliance.cases.exporting import (
    AUDIT_KEYS,
    KEY,
    QUESTION,
    command,
    exported,
    finished,
    log_signed,
)
from tests.world import World, person


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.AUDIT_KEYS = AUDIT_KEYS


@pytest.fixture
def order(world: World) -> Order:
    """An order that was placed and canceled in one piece of work, beside one of the same desk."""
    with correlated("morning-1"):
        placed = world.place(client_order_id="mine-1")
        cancel(actor=world.trader, order_id=placed.pk, command=CancelOrder(reason="changed my mind"))
    world.place()
    log_signed()
    return placed


def members(actor: Actor, case: Case) -> dict[str, bytes]:
    return verify.unpack(take_case(actor=actor, case_id=case.pk).content)


def said(files: dict[str, bytes]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(files["case.json"])
    return told


def test_what_was_found_and_the_life_of_its_orders_is_verified_by_a_third_party_with_the_public_key(
    world: World, order: Order, tmp_path: Path
) -> None:
    case = exported(world.auditor, action="OrderCanceled")
    taken = take_case(actor=world.auditor, case_id=case.pk)
    shutil.copy(CHECKOUT / "compliance" / "verify.py", tmp_path)
    (tmp_path / "case.zip").write_bytes(taken.content)

    alone = [sys.executable, "-I", "verify.py", "case", "case.zip", *KEY]
    run = subprocess.run(alone, cwd=tmp_path, env={}, capture_output=True, text=True)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("everything holds\n")
    assert f"order {order.pk}: revisions 1 to 4" in run.stdout
    files = verify.unpack(taken.content)
    (found,) = said(files)["found"]
    assert json.loads(files[f"leaves/{found}.json"])["action"] == "OrderCanceled"
    assert b"OrderPlaced" in files[f"orders/{order.pk}/story.txt"]
    replay = files[f"orders/{order.pk}/replay.txt"].decode()
    assert "1. OrderPlaced" in replay
    assert "risk (place): admitted, quantity 100, at worst 10000 USD" in replay
    assert "market at 2013-10-04T16:00:00.000000Z: last 100" in replay
    assert hashlib.sha256(taken.content).hexdigest() == case.file_digest


def test_the_summary_is_a_pdf_that_says_who_asked_what_happened_and_how_to_verify_it(
    world: World, order: Order
) -> None:
    case = exported(world.auditor, order_id=order.pk, title="Čech & <Söhne>")
    files = members(world.auditor, case)

    pdf = PdfReader(BytesIO(files["summary.pdf"]))
    text = " ".join("\n".join(page.extract_text() for page in pdf.pages).split())

    assert "Case FCA-7: \\u010cech & <Söhne>" in text
    assert QUESTION in text
    assert f"auditor (user:{world.auditor.user_id})" in text
    assert "status: pending_cancel -> canceled" in text
    head = opened_head(files["checkpoint"].decode())
    assert head.root.hex() in text
    place = said(files)["found"][0]
    digest = verify.leaf_hash(files[f"leaves/{place}.json"]).hex()
    assert digest in text.replace(" ", "")
    assert "python verify.py case FILE.zip --key VKEY" in text


def test_nothing_that_a_person_wrote_stands_in_the_log(world: World, order: Order) -> None:
    case = exported(world.auditor, correlation_id="morning-1", title="About Jane Doe")
    members(world.auditor, case)

    bodies = [leaf.body for leaf in Leaf.objects.filter(object_id=str(case.pk)).order_by("id")]
    assert not any(word in body for body in bodies for word in ("Jane", "FCA-7", "morning-1", case.salt))
    told = [json.loads(body) for body in bodies if '"kind":"row"' not in body]
    assert [each["action"] for each in told] == ["CaseRequested", "CaseExported", "CaseTaken"]
    assert {each["actor"] for each in told} == {world.auditor.reference}
    terms = {
        name: said(members(world.auditor, case))[name]
        for name in ("reference", "title", "question", "asked", "salt")
    }
    assert told[0]["facts"]["terms_sha256"] == hashlib.sha256(canonical(terms).encode()).hexdigest()
    assert told[1]["facts"]["sha256"] == case.manifest_digest
    assert told[2]["facts"] == {"sha256": case.file_digest, "size_bytes": case.file_bytes}


def test_who_sees_a_part_of_the_log_gets_a_case_of_that_part_and_no_sign_of_the_rest(
    world: World, order: Order
) -> None:
    theirs = exported(world.stranger, action="OrderPlaced") if False else None
    assert theirs is None
    with pytest.raises(CaseEmpty):
        request_case(actor=world.stranger, command=command(correlation_id="morning-1"))
    with pytest.raises(OrderNotFound):
        request_case(actor=world.stranger, command=command(order_id=order.pk))
    own = world.place(account=world.other_account.code) if False else order

    files = members(world.trader, exported(world.trader, correlation_id="morning-1"))

    whole = members(world.auditor, exported(world.auditor, correlation_id="morning-1"))
    assert {
        json.loads(files[name])["object"]["type"]
        for name in files
        if name.startswith("leaves/") and name.endswith("json")
    } == {"order", "run", "orders_order"}
    assert len(said(whole)["found"]) > len(said(files)["found"])
    assert said(files)["orders_left_out"] == 0
    assert own == order


def test_who_sees_orders_but_not_their_trails_gets_none_and_who_lost_the_right_loses_the_case(
    world: World, order: Order
) -> None:
    looker = person("looker", world.desk, (VIEW_ORDERS,))
    for about in ({"order_id": order.pk}, {"correlation_id": "morning-1"}):
        with pytest.raises(NotPermitted):
            request_case(actor=looker, command=command(**about))
    case = exported(world.trader, order_id=order.pk)
    assert list(cases_for(world.auditor)) == list(cases_for(world.trader)) == [case]
    assert list(cases_for(world.head)) == list(cases_for(looker)) == []

    Case.objects.filter(pk=case.pk).update(accounts=[world.account.pk, world.other_account.pk])

    with pytest.raises(CaseNotFound):
        case_for(world.trader, case.pk)
    Case.objects.filter(pk=case.pk).update(accounts=None)
    with pytest.raises(CaseNotFound):
        take_case(actor=world.trader, case_id=case.pk)
