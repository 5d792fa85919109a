"""`verify.py case` names whatever was done to a case: altered, dropped, added and swapped files, another log."""

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance import verify
from compliance.leaves import canonical
from compliance.transparency.notes import WITNESS, SignatureLine, Signer, Verifier
from compliance.transparency.proofs import plan_consistency, plan_inclusion, proof_of
from compliance.transparency.tlog_proof import consistency_text, inclusion_text
from tests.compliance.test_standalone_verify import kinds
from tests.compliance.transparency.handed_over import ORDER, OTHER_ORDER, SIGNER, Log

KEY = ["--key", SIGNER.verifier.vkey]
CASE = "019abc00-0000-7000-8000-00000000000c"
FOUND, LIFE = [1, 2], [0, 2, 4]
Members = dict[str, bytes]


def sealing_entry(sums: bytes, **changes: object) -> bytes:
    return canonical(
        {
            "action": "CaseExported",
            "actor": "process:tests",
            "correlation_id": "c",
            "door": "api",
            "facts": {"sha256": hashlib.sha256(sums).hexdigest(), "leaves": 4, "tree_size": 6},
            "market_time": "2024-03-08T14:30:00.000000Z",
            "object": {"id": CASE, "revision": 0, "type": "audit_case"},
            "recorded_at": "2026-11-28T10:00:00.000000Z",
            **changes,
        }
    ).encode()


def case_json(**changes: object) -> bytes:
    told = {
        "format": verify.CASE_FORMAT,
        "case": CASE,
        "reference": "FCA-7",
        "title": "A cancel",
        "found": FOUND,
        "orders": {ORDER: LIFE},
        **changes,
    }
    return json.dumps(told).encode()


def body_of(log: Log, said: bytes = case_json()) -> Members:
    """What a manifest lists, of the first six leaves of a log."""
    told = verify.case_said(said)
    leaves = {n: verify.leaf_of(n, log.entries[n]) for n in told.sequences}
    members = {
        "case.json": said,
        "summary.pdf": b"%PDF",
        "story.txt": verify.story_under(told.heading, list(leaves.values())).encode(),
        "checkpoint": log.checkpoint(6).encode(),
    }
    for order_id, life in told.orders.items():
        story = verify.story_of(order_id, [leaves[n] for n in life])
        members[f"orders/{order_id}/story.txt"] = story.encode()
    for n in told.sequences:
        members[f"leaves/{n}.json"] = log.entries[n]
        proof = proof_of(plan_inclusion(n, 6), log.hashes)
        members[f"leaves/{n}.tlog-proof"] = inclusion_text(n, proof, log.checkpoint(6)).encode()
    return members


def sealed(members: Members, log: Log | None = None, old: int = 6, lines: str = "", **entry: object) -> bytes:
    """The case that a log seals as its last leaf, after two more."""
    log = log or Log(8)
    sums = verify.sums_of(members)
    log.entries.append(sealing_entry(sums, **entry))
    log.build()
    note = log.checkpoint() + lines
    place = log.size - 1
    proof = proof_of(plan_inclusion(place, log.size), log.hashes)
    growth = proof_of(plan_consistency(old, log.size), log.hashes)
    return verify.pack(
        {
            **members,
            verify.MANIFEST: sums,
            verify.SEAL: log.entries[place],
            verify.SEAL_PROOF: inclusion_text(place, proof, note).encode(),
            verify.SEAL_CONSISTENCY: consistency_text(old, growth, note).encode(),
        }
    )


BODY = body_of(Log(8))
WHOLE = sealed(BODY)
MEMBERS = verify.unpack(WHOLE)


def check(capsys: pytest.CaptureFixture[str], tmp_path: Path, case: bytes, *more: object) -> list[str]:
    file = tmp_path / "case.zip"
    file.write_bytes(case)
    return kinds(capsys, "case", file, *KEY, *more)


def test_a_whole_case_holds_as_a_zip_and_unpacked_and_sha256sum_reads_its_manifest(tmp_path, capsys) -> None:
    assert check(capsys, tmp_path, WHOLE) == []
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "folder")
    assert kinds(capsys, "case", tmp_path / "folder", *KEY) == []
    for line in MEMBERS[verify.MANIFEST].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((tmp_path / "folder" / name).read_bytes()).hexdigest() == digest


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
def test_every_flipped_bit_of_a_case_is_caught(tmp_path, capsys, at: int, bit: int) -> None:
    altered = bytearray(WHOLE)
    altered[at] ^= 1 << bit
    assert check(capsys, tmp_path, bytes(altered))


@pytest.mark.long
def test_every_altered_byte_of_a_case_is_caught_in_the_zip_and_in_each_unpacked_file(
    tmp_path, capsys
) -> None:
    for at in range(len(WHOLE)):
        altered = bytearray(WHOLE)
        altered[at] ^= 0xFF
        assert check(capsys, tmp_path, bytes(altered)), at
    for name, content in MEMBERS.items():
        for at in range(0, len(content), 16):
            altered = bytearray(content)
            altered[at] ^= 0x01
            assert check(capsys, tmp_path, verify.pack({**MEMBERS, name: bytes(altered)})), (name, at)


def exchanged(first: str, second: str) -> Members:
    return {**MEMBERS, first: MEMBERS[second], second: MEMBERS[first]}


def without(name: str) -> Members:
    return {each: content for each, content in MEMBERS.items() if each != name}


@pytest.mark.parametrize(
    ("members", "named"),
    [
        (exchanged("leaves/1.json", "leaves/2.json"), "swapped-leaf: leaves/2.json stands in the place of leaves/1"),
        (exchanged("summary.pdf", "case.json"), "swapped-file: case.json stands in the place of summary.pdf"),
        (without("leaves/4.json"), "dropped-leaf: leaves/4.json is missing"),
        (without("leaves/4.tlog-proof"), "missing-file: leaves/4.tlog-proof is missing"),
        (without(f"orders/{ORDER}/story.txt"), f"missing-file: orders/{ORDER}/story.txt is missing"),
        (without("seal/leaf.json"), "missing-file: seal/leaf.json"),
        (without("summary.pdf"), "missing-file: summary.pdf"),
        ({**MEMBERS, "more.txt": b""}, "foreign-file: SHA256SUMS does not list more.txt"),
        ({**MEMBERS, "leaves/7.json": b"{}"}, "foreign-leaf: SHA256SUMS does not list leaves/7.json"),
        ({**MEMBERS, "summary.pdf": b"%PDF."}, "altered-file: summary.pdf has another SHA-256"),
        ({**MEMBERS, "leaves/2.json": b"{}"}, "altered-leaf: leaves/2.json has another SHA-256"),
    ],
)  # fmt: skip
def test_a_file_that_was_altered_dropped_added_or_swapped_is_named(
    tmp_path, capsys, members: Members, named: str
) -> None:
    (tmp_path / "case.zip").write_bytes(verify.pack(members))
    assert verify.main(["case", str(tmp_path / "case.zip"), *KEY]) == 1
    assert f"FAULT {named}" in capsys.readouterr().out


def refilled(**files: bytes) -> bytes:
    """As somebody does it who knows the format, and not the log's key: the manifest fits, the seal is the old one."""
    body = {**BODY, **{name.replace("_", "."): content for name, content in files.items()}}
    return verify.pack({**MEMBERS, **body, verify.MANIFEST: verify.sums_of(body)})


def other_log() -> Log:
    return Log(8, salt="other")


def in_another_history() -> bytes:
    """Files of one tree, sealed by another one of the same name and key."""
    return sealed(body_of(Log(8)), other_log())


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (lambda: refilled(summary_pdf=b"%PDF-other"), "altered-manifest"),
        (lambda: sealed(BODY, facts={"sha256": "0" * 64}), "altered-manifest"),
        (lambda: sealed(BODY, facts="none"), "altered-manifest"),
        (lambda: sealed(BODY, action="CaseTaken"), "foreign-leaf"),
        (lambda: sealed(BODY, kind="row"), "foreign-leaf"),
        (lambda: sealed(BODY, object={"id": ORDER, "revision": 0, "type": "audit_case"}), "foreign-leaf"),
        (in_another_history, "forked-tree"),
        (lambda: sealed(BODY, old=5), "malformed"),
        (lambda: sealed({**BODY, "story.txt": b"nothing"}), "altered-story"),
        (lambda: sealed({**BODY, f"orders/{ORDER}/story.txt": b""}), "altered-story"),
        (lambda: sealed(body_of(Log(8), case_json(orders={ORDER: [0, 4]}))), "dropped-leaf"),
        (lambda: sealed(body_of(Log(8), case_json(orders={OTHER_ORDER: [0]}))), "foreign-leaf"),
        (lambda: sealed({**BODY, "case.json": case_json(found=[1, 2, 3])}), "dropped-leaf"),
        (lambda: sealed({**BODY, "case.json": case_json(found=[2])}), "foreign-leaf"),
        (lambda: sealed({**BODY, "case.json": case_json(format="other")}), "malformed"),
        (lambda: sealed({**BODY, "leaves/1.json": b"{}"}), "altered-leaf"),
        (lambda: sealed({**BODY, "checkpoint": Log(8).checkpoint(6, Signer.generate("x")).encode()}), "unknown-key"),
        (lambda: verify.pack({**MEMBERS, verify.MANIFEST: b"x\n"}), "altered-manifest"),
        (lambda: verify.pack({**MEMBERS, verify.MANIFEST: MEMBERS[verify.MANIFEST] * 2}), "altered-manifest"),
        (lambda: verify.pack({**MEMBERS, verify.SEAL: b"[]"}), "malformed"),
    ],
)  # fmt: skip
def test_whoever_knows_the_format_is_caught_as_well(
    tmp_path, capsys, made: Callable[[], bytes], kind: str
) -> None:
    assert kind in check(capsys, tmp_path, made())


def test_a_wrong_key_an_older_case_and_a_stale_one_are_named(tmp_path, capsys) -> None:
    (tmp_path / "case.zip").write_bytes(WHOLE)
    stranger = Signer.generate(SIGNER.name).verifier.vkey
    assert kinds(capsys, "case", tmp_path / "case.zip", "--key", stranger) == ["unknown-key"]
    newer = Log(8)
    newer.entries += [MEMBERS[verify.SEAL], b"{}"]
    newer.build()
    (tmp_path / "held").write_text(newer.checkpoint())
    held = ["--checkpoint", tmp_path / "held"]
    assert kinds(capsys, "case", tmp_path / "case.zip", *KEY, *held) == ["stale-checkpoint"]
    (tmp_path / "growth").write_text(newer.consistency(9))
    grown = [*held, "--consistency", tmp_path / "growth"]
    assert kinds(capsys, "case", tmp_path / "case.zip", *KEY, *grown) == []

    witness = Signer.generate("w")
    vkey = Verifier("w", witness.verifier.public_key, WITNESS)
    log = Log(8)
    log.entries.append(sealing_entry(verify.sums_of(BODY)))
    log.build()
    seen_s = int(time.time()) - 7200
    signature = witness._key.sign(f"cosignature/v1\ntime {seen_s}\n{log.head().text}".encode())
    line = str(SignatureLine("w", vkey.key_id, seen_s.to_bytes(8) + signature))
    case = sealed(BODY, lines=line)
    seen = ["--witness", vkey.vkey, "--max-age"]
    assert check(capsys, tmp_path, case, *seen, "3") == []
    assert check(capsys, tmp_path, case, *seen, "1") == ["stale-checkpoint"]
    # A witness that nobody named: its line stands twice, so one altered byte of it is caught all the same.
    assert check(capsys, tmp_path, case.replace(line.encode(), line.encode().swapcase(), 1))


def printed(capsys: pytest.CaptureFixture[str], tmp_path: Path, case: bytes) -> str:
    (tmp_path / "case.zip").write_bytes(case)
    assert verify.main(["case", str(tmp_path / "case.zip"), *KEY]) == 1
    return capsys.readouterr().out


HALF = case_json(title="\ud800", orders={"\udfff": []})
PROOF = MEMBERS[verify.SEAL_PROOF]


@pytest.mark.parametrize(
    ("case", "named"),
    [
        (verify.pack({**MEMBERS, "case.json": HALF}), "altered-story: story.txt does not say"),
        (verify.pack({**MEMBERS, "leaves/2.json": b'{"action": "\\ud800"}'}), "altered-story: story.txt does not say"),
        (refilled(case_json=case_json().replace(b"[1, 2]", b"[1e999]")), "malformed: case.json: OverflowError"),
        (verify.pack({**MEMBERS, "\x1b[2J\rwell": b""}), r"foreign-file: SHA256SUMS does not list \x1b[2J\rwell"),
        (
            verify.pack({**MEMBERS, verify.SEAL_PROOF: PROOF.replace(b"\n", b"\nextra QUJD\n", 1)}),
            "altered-file: seal/leaf.tlog-proof has an extra line",
        ),
    ],
)  # fmt: skip
def test_what_is_meant_to_break_or_fool_the_verifier_is_a_fault_like_others(
    tmp_path, capsys, case: bytes, named: str
) -> None:
    out = printed(capsys, tmp_path, case)
    assert f"FAULT {named}" in out
    assert out.endswith(" faults\n")
    assert all(each.isprintable() for each in out.replace("\n", ""))


def test_more_files_than_a_zip_holds_are_a_fault(tmp_path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MOST_MEMBERS", len(MEMBERS) - 1)
    assert "FAULT altered-container: the log packs no such ZIP" in printed(capsys, tmp_path, WHOLE)


def test_whatever_breaks_the_check_hides_no_fault_that_was_found(
    tmp_path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = printed(capsys, tmp_path, verify.pack(without("summary.pdf")) + b"behind")
    assert "FAULT altered-container" in out
    assert "FAULT missing-file: summary.pdf" in out
    monkeypatch.setattr(verify, "_proof_faults", lambda *_: 1 / 0)
    out = printed(capsys, tmp_path, verify.pack({**MEMBERS, "summary.pdf": b"%PDF."}))
    assert "FAULT altered-file: summary.pdf" in out
    assert "FAULT malformed: the case cannot be read to its end: ZeroDivisionError" in out


def test_a_title_that_the_screen_cannot_show_does_not_fail_a_case_that_holds(tmp_path) -> None:
    (tmp_path / "case.zip").write_bytes(sealed(body_of(Log(8), case_json(title="Čech"))))
    screen = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = [sys.executable, verify.__file__, "case", str(tmp_path / "case.zip"), *KEY]
    run = subprocess.run(command, env=screen, capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    assert rb"\u010cech" in run.stdout


def test_where_leaves_belong_is_not_sought_without_end(
    tmp_path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchanged_leaves = exchanged("leaves/1.json", "leaves/2.json")
    monkeypatch.setattr(verify, "MOST_SOUGHT", 1)
    out = printed(capsys, tmp_path, verify.pack(exchanged_leaves))
    assert "altered-leaf: leaf 1, or its proof, does not lead" in out
    monkeypatch.undo()
    # Another checkpoint that the log signed: every leaf fails, and each is looked at once.
    looked: list[int] = []
    leads = verify._leads
    monkeypatch.setattr(verify, "_leads", lambda *given: looked.append(given[1]) or leads(*given))
    out = printed(capsys, tmp_path, verify.pack({**MEMBERS, "checkpoint": Log(8).checkpoint(7).encode()}))
    assert "leads to another checkpoint" in out
    assert looked == [0, 1, 2, 4]
