"""What the log hands over by API and command, checked as an outsider would: by verify.py with the public key alone."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from compliance import disclosure, verify
from compliance.errors import AuditForked, AuditTreeBroken, BundleTooLarge, LeafNotSigned
from compliance.models import Leaf, SignedCheckpoint, TreeEntry
from compliance.services import hand_over
from compliance.services.integrate import Integrator
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.signing_keys import keyring
from compliance.transparency.checkpoints import TreeHead, sign_head
from compliance.tree_reads import inclusion_proofs, newest_signed_head, opened_head, root_at
from orders.commands import CancelOrder
from orders.kernel.context import process_actor
from orders.kernel.ids import new_id
from orders.models import User
from orders.permissions import VIEW_ORDERS
from orders.services import cancel
from tests.compliance.log import integrate, record
from tests.tokens import EVERYTHING
from tests.world import World, person


def grow() -> None:
    integrate()
    sign_checkpoint()


@pytest.fixture
def order(world: World):
    """An order that was placed and cancelled, in a signed log."""
    placed = world.place()
    cancel(actor=world.trader, order_id=placed.pk, command=CancelOrder(reason="changed my mind"))
    grow()
    return placed


@pytest.fixture
def key() -> list[str]:
    return ["--key", keyring().verifiers[0].vkey]


def get(actor, path: str, **query: object):
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=actor.user_id), EVERYTHING)
    return client.get(f"/api/v1/{path}", query)


def sequence_of(order, action: str = "OrderPlaced") -> int:
    leaf = Leaf.objects.get(object_id=str(order.pk), action=action)
    return TreeEntry.objects.get(leaf=leaf).sequence


def command(*arguments: object) -> str:
    out = StringIO()
    call_command("audit", *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def opened(key: list[str]):
    """Open a checkpoint as an outsider does."""
    return lambda note: verify.open_checkpoint(note.encode(), [verify.key_of(key[1])], "note")


def test_a_bundle_taken_over_the_api_holds_and_is_itself_in_the_log(world, order, key, tmp_path, capsys):
    answer = get(world.trader, f"orders/{order.pk}/audit/bundle")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert answer["Content-Disposition"] == f'attachment; filename="order-{order.pk}-audit.zip"'
    file = tmp_path / "bundle.zip"
    file.write_bytes(answer.content)
    assert verify.main(["bundle", str(file), *key]) == 0
    assert f"order {order.pk}: revisions 1 to " in capsys.readouterr().out
    story = verify.unpack(answer.content)["story.txt"].decode()
    assert "  OrderPlaced\n" in story
    assert "  OrderCanceled\n" in story
    taken = Leaf.objects.get(action="BundleTaken")
    assert taken.actor == world.trader.reference
    assert str(order.pk) in taken.body


def test_a_bundle_and_an_export_by_command_hold(world, order, key, tmp_path):
    file, folder = tmp_path / "bundle.zip", tmp_path / "log"
    assert str(file) in command("bundle", order.pk, "--output", file)
    assert verify.main(["bundle", str(file), *key]) == 0
    held = tmp_path / "held"
    held.write_text(command("checkpoint"))
    for size in range(300):
        record(f"thing-{size}")
    grow()
    assert f"audit: {TreeEntry.objects.count()} leaves in {folder}" in command("export", folder)
    assert verify.main(["export", str(folder), *key, "--previous", str(held)]) == 0
    assert (folder / "tile/1/000.p/1").stat().st_size == 32
    assert Leaf.objects.filter(action="LogExported", actor="process:audit").exists()
    assert command("keys") == f"{key[1]}\n"


def test_the_bundle_of_an_order_that_was_refused_holds(world, key, tmp_path, capsys):
    refused = world.place(quantity="1000000")
    assert refused.status == "rejected"
    grow()
    command("bundle", refused.pk, "--output", tmp_path / "bundle.zip")
    assert verify.main(["bundle", str(tmp_path / "bundle.zip"), *key]) == 0
    assert f"order {refused.pk}: revisions 1 to 1;" in capsys.readouterr().out


def test_who_stops_an_export_half_way_has_left_a_leaf_as_well(world, order, tmp_path, monkeypatch):
    def stopped(file: Path, content: bytes) -> None:
        assert Leaf.objects.filter(action="LogExportBegun", actor="process:tests").exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(hand_over, "_write", stopped)
    with pytest.raises(KeyboardInterrupt):
        hand_over.export_log(actor=process_actor("tests"), folder=tmp_path)
    assert not Leaf.objects.filter(action="LogExported").exists()


def test_an_export_goes_on_where_an_earlier_one_ended(world, order, key, tmp_path):
    command("export", tmp_path / "log")
    record("more")
    grow()
    command("export", tmp_path / "log")
    assert verify.main(["export", str(tmp_path / "log"), *key]) == 0


def test_every_leaf_of_an_order_is_proved_to_who_sees_its_trail(world, order, opened):
    sequence = sequence_of(order)
    for actor in (world.trader, world.auditor):
        answer = get(actor, f"audit/leaves/{sequence}/proof")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
        proof = verify.proof_of(answer.content, "index", "proof")
        checkpoint = opened(proof.checkpoint.decode())
        body = TreeEntry.objects.get(pk=sequence).leaf.body
        found = verify.root_by_proof(verify.leaf_hash(body.encode()), sequence, checkpoint.size, proof.hashes)
        assert found == checkpoint.root
    assert command("prove", sequence) == answer.content.decode()


def test_a_signed_tree_is_proved_to_begin_with_an_earlier_one(world, order, opened):
    old = opened(get(world.auditor, "audit/checkpoint").content.decode())
    record("a", "b", "c")
    grow()
    answer = get(world.auditor, "audit/consistency", **{"from": old.size})
    proof = verify.proof_of(answer.content, "old", "proof")
    new = opened(proof.checkpoint.decode())
    assert (proof.number, new.size) == (old.size, old.size + 3)
    assert verify.begins_with(old, new, proof.hashes)
    assert command("consistency", old.size) == answer.content.decode()
    earlier = get(world.auditor, "audit/consistency", **{"from": 1, "to": old.size})
    assert opened(verify.proof_of(earlier.content, "old", "proof").checkpoint.decode()) == old
    unsigned = get(world.auditor, "audit/consistency", **{"from": 1, "to": old.size + 1})
    assert (unsigned.status_code, unsigned.json()["code"]) == (409, "STATE_LEAF_NOT_SIGNED")
    larger = get(world.auditor, "audit/consistency", **{"from": new.size + 1})
    assert (larger.status_code, larger.json()["code"]) == (400, "INPUT_INVALID")


def test_what_a_person_may_not_see_is_not_proved_either(world, order):
    looker = person("looker", world.desk, (VIEW_ORDERS,))
    sequence, other = sequence_of(order), TreeEntry.objects.exclude(leaf__object_type__in=["order", "run"])
    hidden = other.latest("sequence").sequence
    for actor, asked in ((world.stranger, sequence), (world.trader, hidden), (world.auditor, 10**9)):
        answer = get(actor, f"audit/leaves/{asked}/proof")
        assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_LEAF_NOT_FOUND")
    assert get(looker, f"audit/leaves/{sequence}/proof").status_code == 403
    assert get(looker, f"orders/{order.pk}/audit/bundle").status_code == 403
    assert get(world.stranger, f"orders/{order.pk}/audit/bundle").json()["code"] == "RESOURCE_ORDER_NOT_FOUND"
    for path in ("audit/checkpoint", "audit/consistency?from=1"):
        assert get(world.trader, path).status_code == 403
    assert not Leaf.objects.filter(action="BundleTaken").exists()


def test_a_leaf_that_no_signed_checkpoint_covers_is_not_proved_yet(world):
    order = world.place()
    integrate()
    absent = get(world.auditor, "audit/checkpoint")
    assert (absent.status_code, absent.json()["code"]) == (404, "RESOURCE_CHECKPOINT_NOT_FOUND")
    sign_checkpoint()
    later = world.place()
    integrate()
    answer = get(world.trader, f"audit/leaves/{sequence_of(later)}/proof")
    assert (answer.status_code, answer.json()["code"]) == (409, "STATE_LEAF_NOT_SIGNED")
    with pytest.raises(LeafNotSigned):
        disclosure.bundle_leaves_for(world.trader, later.pk)
    with pytest.raises(CommandError, match="no signed checkpoint covers a leaf"):
        command("bundle", new_id())
    # What came after the newest signed checkpoint is not in the bundle, and the bundle holds all the same.
    cancel(actor=world.trader, order_id=order.pk, command=CancelOrder(reason="changed my mind"))
    integrate()
    assert [leaf.sequence for leaf in disclosure.bundle_leaves(order.pk)[1]] == [sequence_of(order)]


@pytest.mark.parametrize("number", ["-1", str(1 << 63), "x"])
@pytest.mark.parametrize("command", ["prove", "consistency"])
def test_what_counts_no_leaves_is_refused_by_the_command(command, number):
    with pytest.raises(CommandError, match=f"invalid _number value: '{number}'"):
        call_command("audit", command, number)


def test_an_order_with_more_leaves_than_a_bundle_holds_is_refused(world, order, monkeypatch):
    monkeypatch.setattr(hand_over, "MOST_LEAVES", 1)
    with pytest.raises(BundleTooLarge):
        hand_over.take_bundle(actor=world.trader, order_id=order.pk)


def test_a_proof_reads_the_tree_in_two_statements(world, order):
    head = newest_signed_head()
    with CaptureQueriesContext(connection) as queries:
        inclusion_proofs([0, head.size - 1], head)
    assert len(queries) <= 2


def test_a_proof_that_does_not_lead_to_what_was_signed_is_not_handed_out(world, order):
    head = newest_signed_head()
    forged = TreeHead(head.origin, head.size, bytes(32))
    note = sign_head(forged, keyring().signers)
    SignedCheckpoint.objects.create(checkpoint_id=head.size, note=note)
    assert opened_head(note) == forged
    with pytest.raises(AuditTreeBroken, match="not the root that was signed"):
        disclosure.inclusion_proof(0)
    with pytest.raises(AuditForked):
        disclosure.consistency(1)
    with pytest.raises(AuditTreeBroken, match="a subtree is missing"):
        root_at(head.size + 1)


def test_an_export_of_a_log_that_lacks_an_entry_is_refused(committed_database, tmp_path):
    record("a", "b")
    Integrator().run_batch()
    sign_checkpoint()
    with committed_database.as_superuser() as superuser:
        superuser.execute("ALTER TABLE compliance_treeentry DISABLE TRIGGER append_only_rows")
        superuser.execute("DELETE FROM compliance_treeentry WHERE sequence = 1")
    with pytest.raises(CommandError, match="of 2 entries or nodes from 0 on there are 1"):
        command("export", tmp_path)
    assert not (tmp_path / "checkpoint").exists()


@pytest.fixture
def key_file(tmp_path: Path, settings) -> Iterator[Path]:
    file = tmp_path / "key"
    settings.AUDIT_KEYS = {**settings.AUDIT_KEYS, "file": str(file)}
    yield file


def test_a_key_is_made_by_command_and_printed_as_others_need_it(key_file):
    vkey = command("keygen", "bank.example/orders", key_file).strip()
    assert [verifier.vkey for verifier in keyring().verifiers] == [vkey]
    assert vkey.startswith("bank.example/orders+")
    with pytest.raises(CommandError, match="File exists"):
        command("keygen", "bank.example/orders", key_file)
    with pytest.raises(CommandError, match="a space or a plus"):
        command("keygen", "two words", key_file)
