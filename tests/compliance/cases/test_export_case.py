"""A case from the question to the file: what is in it, who sees what, and what the log keeps of it."""

import hashlib
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from django.db import connection
from pydantic import ValidationError
from pypdf import PdfReader

from compliance import tasks, verify
from compliance.cases.reads import MOST_ATTEMPTS, case_for, cases_for, unfinished_of
from compliance.errors import (
    CaseEmpty,
    CaseNotFound,
    CaseNotReady,
    CasesUnfinished,
    CaseTooLarge,
    CheckpointNotOurs,
)
from compliance.leaves import canonical
from compliance.models import (
    Case,
    CaseFile,
    CaseState,
    CopyState,
    Cosignature,
    Leaf,
    OutsideCopy,
    SignedCheckpoint,
)
from compliance.services.export_case import (
    MOST_UNFINISHED,
    export_case,
    request_case,
    request_case_on_machine,
    take_case,
    take_case_on_machine,
)
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.tasks import export_cases
from compliance.transparency.notes import WITNESS, SignatureLine, Signer, Verifier
from compliance.tree_reads import opened_head
from orders.commands import CancelOrder
from orders.errors import OrderNotFound
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor, Door, NotAPerson, correlated
from orders.kernel.errors import InvalidInput, NotPermitted
from orders.kernel.ids import new_id
from orders.models import DeskPermission, Order
from orders.permissions import VIEW_AUDIT, VIEW_LIMITS, VIEW_ORDERS
from orders.services import cancel, place
from qtweb.embedded.instance import CHECKOUT
from tests.compliance.cases.exporting import (
    AUDIT_KEYS,
    KEY,
    QUESTION,
    SIGNER,
    command,
    exported,
    finished,
    log_signed,
)
from tests.compliance.log import indexed, integrate
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


def json_leaves(files: dict[str, bytes]) -> list[dict[str, Any]]:
    names = [name for name in files if name.startswith("leaves/") and name.endswith(".json")]
    return [json.loads(files[name]) for name in names]


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
    assert f"order {order.pk}: revisions 1 to 3" in run.stdout
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
    case = exported(world.auditor, actor="trader", recorded_from="2020-01-02T03:04:05Z", title="Of Jane")
    members(world.auditor, case)

    bodies = [leaf.body for leaf in Leaf.objects.filter(object_id=str(case.pk)).order_by("id")]
    for word in ("Jane", "FCA-7", "2020-01-02", case.salt):
        assert [body for body in bodies if word in body] == []
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
    with pytest.raises(CaseEmpty):
        request_case(actor=world.stranger, command=command(correlation_id="morning-1"))
    with pytest.raises(OrderNotFound):
        request_case(actor=world.stranger, command=command(order_id=order.pk))

    part = exported(world.trader, correlation_id="morning-1")
    whole = exported(world.auditor, correlation_id="morning-1")

    files, all_files = members(world.trader, part), members(world.auditor, whole)
    leaves = json_leaves(files)
    assert {leaf["object"]["type"] for leaf in leaves} == {"order", "orders_order"}
    assert {leaf["object"]["id"] for leaf in leaves} == {str(order.pk)}
    assert set(said(files)["found"]) < set(said(all_files)["found"])
    assert said(files)["orders_left_out"] == 0
    assert (part.accounts, whole.accounts) == ([world.account.pk], None)
    # What the stranger may see is another account's: the same criterion, and no leaf of the first.
    theirs = place(actor=world.stranger, command=world.command(account=world.other_account.code)).order
    log_signed()
    theirs_alone = members(world.stranger, exported(world.stranger, action="OrderPlaced"))
    assert list(said(theirs_alone)["orders"]) == [str(theirs.pk)]
    assert str(order.pk).encode() not in b"".join(theirs_alone.values())


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
    # Who reads the log and neither orders nor limits: their own, without the replay; not those of others.
    reader = person("reader", world.firm, (VIEW_AUDIT,))
    assert list(cases_for(reader)) == []
    found = exported(reader, correlation_id="morning-1")
    assert list(cases_for(reader)) == [found]
    assert said(members(reader, found))["orders"] == {}

    Case.objects.filter(pk=case.pk).update(accounts=[world.account.pk, world.other_account.pk])

    with pytest.raises(CaseNotFound):
        case_for(world.trader, case.pk)
    Case.objects.filter(pk=case.pk).update(accounts=None)
    with pytest.raises(CaseNotFound):
        take_case(actor=world.trader, case_id=case.pk)


def test_each_step_waits_for_the_log_s_signature_and_is_seen(world: World, order: Order) -> None:
    world.place()
    indexed()
    case = request_case(actor=world.auditor, command=command(action="OrderPlaced"))

    def worked_on() -> Case:
        export_cases()
        case.refresh_from_db()
        return case

    assert worked_on().state == CaseState.REQUESTED  # its last entry is not signed yet
    with pytest.raises(CaseNotReady):
        take_case(actor=world.auditor, case_id=case.pk)
    sign_checkpoint()
    assert worked_on().state == CaseState.UNSIGNED
    assert worked_on().state == CaseState.UNSIGNED  # the leaf has no place yet
    integrate()
    assert worked_on().state == CaseState.UNSIGNED  # and no signed checkpoint covers it
    sign_checkpoint()
    assert worked_on().state == CaseState.READY
    assert case.leaf_count == len(json_leaves(members(world.auditor, case)))


def test_a_case_waits_a_moment_for_a_witness_that_agrees_and_carries_its_word(
    world: World, order: Order
) -> None:
    OutsideCopy.objects.create(
        name="w", kind="witness", state=CopyState.AGREES, since=recorded_now(), checked_at=recorded_now()
    )
    case = finished(request_case(actor=world.trader, command=command(order_id=order.pk)))
    assert case.state == CaseState.UNSIGNED
    witness = Verifier("w", SIGNER.verifier.public_key, WITNESS)
    signed = SignedCheckpoint.objects.latest("id")
    line = str(SignatureLine("w", witness.key_id, bytes(72)))
    Cosignature.objects.create(checkpoint_id=signed.checkpoint_id, witness="w", line=line)

    export_case(case.pk)

    assert members(world.trader, case)[verify.SEAL_PROOF].decode().endswith(signed.note + line)


def test_a_silent_witness_is_not_waited_for_without_end(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    OutsideCopy.objects.create(
        name="w", kind="witness", state=CopyState.AGREES, since=recorded_now(), checked_at=recorded_now()
    )
    monkeypatch.setattr("compliance.disclosure.WITNESS_PATIENCE", timedelta(0))
    assert exported(world.trader, order_id=order.pk).state == CaseState.READY


def test_what_fails_is_tried_again_and_refused_in_the_end(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = request_case(actor=world.auditor, command=command(order_id=order.pk))
    log_signed()
    with monkeypatch.context() as broken:
        broken.setattr("compliance.services.export_case.body_of", _fails)
        for number in range(1, MOST_ATTEMPTS + 1):
            export_cases()
            export_cases()  # not tried again before it is due
            case.refresh_from_db()
            assert (case.attempts, case.claimed_at) == (number, None)
            Case.objects.filter(pk=case.pk).exclude(retry_at=None).update(retry_at=recorded_now())
    assert case.state == CaseState.REFUSED
    assert "the worker's log says why" in case.refusal


def test_workers_that_die_at_a_case_are_counted_and_it_is_refused_in_the_end(
    world: World, order: Order
) -> None:
    case = request_case(actor=world.auditor, command=command(order_id=order.pk))
    log_signed()
    died = Case.objects.filter(pk=case.pk)
    died.update(attempts=MOST_ATTEMPTS, claimed_at=recorded_now())
    export_cases()  # somebody has it: not tried again before the lease ends
    assert died.get().state == CaseState.REQUESTED
    died.update(claimed_at=recorded_now() - timedelta(hours=1))
    export_cases()
    assert died.get().state == CaseState.REFUSED


def test_a_key_that_is_being_exchanged_puts_a_case_off_and_refuses_none(
    world: World, order: Order, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = request_case(actor=world.auditor, command=command(order_id=order.pk))
    log_signed()
    settings.AUDIT_KEYS = {**AUDIT_KEYS, "private": Signer.generate("log.example/cases").secret}
    with pytest.raises(CheckpointNotOurs):
        export_case(case.pk)
    settings.AUDIT_KEYS = AUDIT_KEYS
    with monkeypatch.context() as exchanged:
        exchanged.setattr("compliance.services.export_case.body_of", _not_ours)
        for _ in range(MOST_ATTEMPTS + 1):
            with pytest.raises(CheckpointNotOurs):
                export_case(case.pk)
            Case.objects.filter(pk=case.pk).update(retry_at=recorded_now())
    assert finished(case).state == CaseState.READY


def test_a_case_that_cannot_be_sealed_is_put_off_counts_against_nobody_and_is_sealed_later(
    world: World, order: Order, settings: Any
) -> None:
    case = request_case(actor=world.auditor, command=command(order_id=order.pk))
    log_signed()
    export_case(case.pk)
    log_signed()
    settings.AUDIT_KEYS = {**AUDIT_KEYS, "private": Signer.generate("log.example/cases").secret}
    with pytest.raises(CheckpointNotOurs):
        export_case(case.pk)
    export_case(case.pk)
    case.refresh_from_db()
    assert case.retry_at is not None
    assert unfinished_of(world.auditor.reference) == 0
    settings.AUDIT_KEYS = AUDIT_KEYS
    Case.objects.filter(pk=case.pk).update(retry_at=recorded_now())
    assert (finished(case).state, case.retry_at) == (CaseState.READY, None)


def test_a_case_of_a_history_that_is_not_continued_is_refused(
    world: World, order: Order, settings: Any
) -> None:
    case = request_case(actor=world.auditor, command=command(order_id=order.pk))
    log_signed()
    export_case(case.pk)
    second = Signer.generate("log.example/2")
    settings.AUDIT_KEYS = {**AUDIT_KEYS, "private": second.secret, "public": SIGNER.verifier.vkey}
    settings.AUDIT_ENDED_LOGS = frozenset([SIGNER.name])
    log_signed()
    export_case(case.pk)
    case.refresh_from_db()
    assert (case.state, case.refusal[:20]) == (CaseState.REFUSED, "SYSTEM_AUDIT_FORKED:")


def _not_ours(*_: object) -> None:
    raise CheckpointNotOurs("a key is missing")


def test_a_case_is_written_for_nobody_who_lost_the_right_or_finds_nothing_any_more(
    world: World, order: Order
) -> None:
    lost = request_case(actor=world.trader, command=command(action="OrderCanceled"))
    nothing = request_case(actor=world.stranger, command=command(order_id=theirs_of(world).pk))
    moved = request_case(actor=world.head, command=command(action="OrderCanceled"))
    DeskPermission.objects.filter(user_id=world.trader.user_id, permission__codename=VIEW_AUDIT).delete()
    DeskPermission.objects.filter(user_id=world.stranger.user_id, permission__codename=VIEW_ORDERS).delete()
    DeskPermission.objects.filter(user_id=world.head.user_id).update(content_object=world.other_desk)
    told = [finished(case).refusal.partition(":")[0] for case in (lost, nothing, moved)]
    assert told == ["AUTH_NOT_PERMITTED", "RESOURCE_ORDER_NOT_FOUND", "RULE_CASE_EMPTY"]


def theirs_of(world: World) -> Order:
    placed = place(actor=world.stranger, command=world.command(account=world.other_account.code)).order
    log_signed()
    return placed


@pytest.mark.parametrize("right", [VIEW_ORDERS, VIEW_LIMITS])
def test_a_right_that_opened_a_part_of_a_case_takes_it_away_when_it_is_lost(
    world: World, order: Order, right: str
) -> None:
    without_limits = person("few", world.desk, (VIEW_AUDIT, VIEW_ORDERS))
    theirs = exported(without_limits, order_id=order.pk)
    case = exported(world.trader, order_id=order.pk)
    assert (theirs.limit_accounts, case.limit_accounts) == ([], [world.account.pk])
    assert list(cases_for(without_limits)) == [theirs]

    DeskPermission.objects.filter(user_id=world.trader.user_id, permission__codename=right).delete()

    with pytest.raises(CaseNotFound):
        take_case(actor=world.trader, case_id=case.pk)


def test_one_process_writes_cases_and_a_person_has_few_on_the_way(world: World, order: Order) -> None:
    cases = [
        request_case(actor=world.auditor, command=command(order_id=order.pk)) for _ in range(MOST_UNFINISHED)
    ]
    with pytest.raises(CasesUnfinished):
        request_case(actor=world.auditor, command=command(order_id=order.pk))
    assert request_case(actor=world.trader, command=command(order_id=order.pk))
    log_signed()
    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [tasks._LOCK])
        export_cases()
        assert {case.state for case in Case.objects.all()} == {CaseState.REQUESTED}
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [tasks._LOCK])
    finally:
        elsewhere.close()
    export_cases()
    cases[0].refresh_from_db()
    assert cases[0].state == CaseState.UNSIGNED


def test_a_question_has_lines_and_whatever_is_asked_fits_the_summary(world: World, order: Order) -> None:
    case = exported(world.auditor, order_id=order.pk, question="Who?\r\nAnd when?", title="\U0001f600" * 120)
    assert case.question == "Who?\nAnd when?"
    long = exported(world.auditor, order_id=order.pk, question="\U0001f600" * 1_000)
    assert long.state == CaseState.READY
    pdf = PdfReader(BytesIO(members(world.auditor, long)["summary.pdf"]))
    text = "".join("".join(page.extract_text() for page in pdf.pages).split())
    assert text.count("\\U0001f600") == 1_000
    for question in ("\n", "a\x07", "a\n\u202eb"):
        with pytest.raises(ValidationError):
            command(order_id=order.pk, question=question)


def _fails(*_: object) -> None:
    raise OSError("the disk is full")


def test_two_workers_at_one_case_write_it_once(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = request_case(actor=world.auditor, command=command(order_id=order.pk))
    log_signed()
    for function in ("body_of", "seal_of"):
        slow = resolve_name(f"compliance.services.export_case:{function}")

        def overtaken(*given: Any, slow: Any = slow) -> Any:
            result = slow(*given)
            with monkeypatch.context() as at_once:
                at_once.setattr(f"compliance.services.export_case.{slow.__name__}", slow)
                Case.objects.filter(pk=case.pk).update(claimed_at=None)
                export_case(case.pk)
            return result

        monkeypatch.setattr(f"compliance.services.export_case.{function}", overtaken)
        export_case(case.pk)
        log_signed()
    case.refresh_from_db()
    assert case.state == CaseState.READY
    assert CaseFile.objects.filter(case=case).count() == 2
    assert Leaf.events.filter(object_id=str(case.pk), action="CaseExported").count() == 1


def test_a_worker_that_was_overtaken_and_then_fails_takes_nothing_back(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = request_case(actor=world.auditor, command=command(order_id=order.pk))
    log_signed()

    def overtaken(*_: object) -> None:
        broken.undo()
        Case.objects.filter(pk=case.pk).update(claimed_at=None)
        export_case(case.pk)
        _fails()

    with monkeypatch.context() as broken, pytest.raises(OSError, match="the disk is full"):
        broken.setattr("compliance.services.export_case.body_of", overtaken)
        export_case(case.pk)
    case.refresh_from_db()
    assert (case.state, case.retry_at) == (CaseState.UNSIGNED, None)


def test_a_case_is_bounded_and_says_so(world: World, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CaseEmpty):
        request_case(actor=world.auditor, command=command(action="NothingOfTheKind"))
    late = request_case(actor=world.auditor, command=command(action="OrderCanceled"))
    with monkeypatch.context() as small:
        for module in ("compliance.cases.gathered", "compliance.services.export_case"):
            small.setattr(f"{module}.MOST_LEAVES", 2)
        for about in ({"order_id": order.pk}, {"correlation_id": "morning-1"}):
            with pytest.raises(CaseTooLarge):
                request_case(actor=world.auditor, command=command(**about))
        # One leaf was found; the life of its order is what makes it too large.
        assert finished(late).state == CaseState.REFUSED
    assert late.refusal.startswith("RULE_CASE_TOO_LARGE: more than 2 leaves")
    with monkeypatch.context() as few:
        few.setattr("compliance.cases.gathered.MOST_ORDERS", 1)
        files = members(world.auditor, exported(world.auditor, action="OrderPlaced"))
    assert (len(said(files)["found"]), said(files)["orders"], said(files)["orders_left_out"]) == (2, {}, 2)
    monkeypatch.setattr("compliance.cases.summary.MOST_LEAVES", 1)
    files = members(world.auditor, exported(world.auditor, action="OrderPlaced"))
    text = PdfReader(BytesIO(files["summary.pdf"])).pages[0].extract_text()
    assert "The first 1 of" in " ".join(text.split())


def test_whoever_has_the_machine_exports_from_the_whole_log(world: World, order: Order) -> None:
    operator = Actor("audit", Door.COMMAND)
    with pytest.raises(OrderNotFound):
        request_case_on_machine(actor=operator, command=command(order_id=new_id()))
    with pytest.raises(InvalidInput):
        request_case_on_machine(actor=operator, command=command(client_order_id="mine-1"))
    for about in ({"order_id": order.pk}, {"action": "OrderCanceled"}):
        case = finished(request_case_on_machine(actor=operator, command=command(**about)))
        files = verify.unpack(take_case_on_machine(actor=operator, case_id=case.pk).content)
        assert list(said(files)["orders"]) == [str(order.pk)]
        assert said(files)["asked_by"] == "process:audit"
    with pytest.raises(NotAPerson):
        request_case(actor=operator, command=command(order_id=order.pk))
