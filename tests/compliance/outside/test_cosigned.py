"""What witnesses signed stands on every checkpoint that is handed out, so that its age is judged by their word."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.urls import reverse

from compliance import verify
from compliance.disclosure import consistency, inclusion_proof, newest_checkpoint
from compliance.models import Cosignature, SignedCheckpoint
from compliance.services.hand_over import export_log, take_bundle
from compliance.transparency.notes import Signer
from tests.compliance.log import integrate
from tests.compliance.outside.servers import running_witness
from tests.compliance.outside.test_notary import turn
from tests.compliance.outside.trees import ORIGIN
from tests.sign_in import sign_in, visible_text
from tests.world import World

SIGNER = Signer.generate(ORIGIN)
KEY = ["--key", SIGNER.verifier.vkey]


@pytest.fixture(autouse=True)
def keys(settings):
    settings.AUDIT_KEYS = {"private": SIGNER.secret, "public": "", "file": "", "required": True}


def faults(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[str]:
    status = verify.main([*map(str, arguments)])
    found = [line.split()[1] for line in capsys.readouterr().out.splitlines() if line.startswith("FAULT ")]
    assert status == bool(found)
    return found


def test_a_bundle_an_export_and_the_page_carry_the_witness_s_word(
    committed_world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = committed_world
    order = world.place()
    integrate()
    with running_witness(tmp_path / "witness", origin=ORIGIN, log_vkey=SIGNER.verifier.vkey) as witness:
        turn({"stores": "", "witnesses": witness.place})
        integrate()
        turn({"stores": "", "witnesses": witness.place})
    (tmp_path / "order.zip").write_bytes(take_bundle(actor=world.trader, order_id=order.pk).content)
    export_log(actor=world.auditor, folder=tmp_path / "log")
    seen = ["--witness", witness.vkey, "--max-age", "1"]

    for what in (["bundle", tmp_path / "order.zip"], ["export", tmp_path / "log"]):
        assert faults(capsys, *what, *KEY, *seen) == []
        assert faults(capsys, *what, *KEY, *seen[:3], "-1") == ["stale-checkpoint:"]
    assert faults(capsys, "bundle", tmp_path / "order.zip", *KEY, *seen[2:]) == ["stale-checkpoint:"]
    line = Cosignature.objects.latest("id").line
    assert newest_checkpoint().endswith(line)
    assert inclusion_proof(0).endswith(line)
    assert consistency(1).endswith(line)
    page = sign_in(world.auditor).get(reverse("admin:compliance_leaf_changelist"))
    assert f"seen by witness.example/w1 at {datetime.now(UTC):%Y-%m-%d}" in visible_text(page)


def test_without_a_witness_and_for_another_name_of_the_log_a_checkpoint_has_our_signature_alone(
    committed_world: World,
) -> None:
    integrate()
    turn({"stores": "", "witnesses": ""})
    signed = SignedCheckpoint.objects.latest("id")
    assert newest_checkpoint() == signed.note
    # The line of a log that ended at this size: its name is another one, and so is what was signed.
    Cosignature.objects.create(
        checkpoint_id=signed.checkpoint_id,
        witness="w",
        line="\u2014 w AAAAAAAA\n",
        recorded_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert newest_checkpoint() == signed.note
