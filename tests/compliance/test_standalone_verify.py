"""`compliance/verify.py`, alone in a folder: it accepts what the log hands over and names whatever was done to it."""

import io
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance import verify
from compliance.leaves import canonical
from compliance.merkle import leaf_hash
from compliance.transparency.notes import WITNESS, SignatureLine, Signer, Verifier
from compliance.transparency.proofs import plan_inclusion, proof_of
from compliance.transparency.tiles import entry_bundle
from compliance.transparency.tlog_proof import inclusion_text
from qtweb.embedded.instance import CHECKOUT
from tests.compliance.transparency.handed_over import ORDER, OTHER_ORDER, SIGNER, Log, entry
from tests.compliance.transparency.test_archives import WHOLE as WHOLE_ARCHIVE

KEY = ["--key", SIGNER.verifier.vkey]
LOG = Log(13)
BUNDLE = LOG.bundle()
MEMBERS = verify.unpack(BUNDLE)
BIG = Log(600)
WITNESSED = Verifier("witness.example", SIGNER.verifier.public_key, WITNESS)
Change = Callable[[Path], object]


def kinds(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[str]:
    """What faults a run names, each kind once; asserts that its exit status says the same."""
    status = verify.main([*map(str, arguments)])
    lines = capsys.readouterr().out.splitlines()
    found = [line.split()[1].rstrip(":") for line in lines if line.startswith("FAULT ")]
    assert status == (1 if found else 0), lines
    assert found or lines[-1] == "everything holds"
    return sorted(set(found))


def check(capsys, tmp_path: Path, bundle: bytes, *more: object) -> list[str]:
    file = tmp_path / "bundle.zip"
    file.write_bytes(bundle)
    return kinds(capsys, "bundle", file, *KEY, *more)


def held(tmp_path: Path, note: str) -> Path:
    file = tmp_path / "held"
    file.write_text(note)
    return file


@pytest.fixture(scope="module")
def whole_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return BIG.export(tmp_path_factory.mktemp("export"))


@pytest.fixture
def export(whole_export: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole_export, tmp_path / "export"))


def test_it_runs_alone_in_a_folder_without_our_packages(tmp_path):
    shutil.copy(CHECKOUT / "compliance" / "verify.py", tmp_path)
    (tmp_path / "bundle.zip").write_bytes(BUNDLE)
    LOG.export(tmp_path / "export")
    (tmp_path / "archive").write_bytes(WHOLE_ARCHIVE)
    for what in (["bundle", "bundle.zip"], ["export", "export"], ["archive", "archive"]):
        command = [sys.executable, "-I", "verify.py", *what, *KEY]
        run = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True)
        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout.endswith("everything holds\n")


def test_a_bundle_is_a_zip_whose_parts_any_program_takes_out(tmp_path, capsys):
    with zipfile.ZipFile(io.BytesIO(BUNDLE)) as archive:
        assert archive.testzip() is None
        assert archive.read("checkpoint").decode() == LOG.checkpoint()
        assert archive.read("leaves/4.json") == LOG.entries[4]
        archive.extractall(tmp_path)
    assert kinds(capsys, "bundle", tmp_path, *KEY) == []


def test_the_story_says_what_the_leaves_say():
    story = MEMBERS["story.txt"].decode()
    assert story.startswith(f"Order {ORDER}\n7 leaves of the audit log")
    assert "2026-11-28T09:00:02.000000Z  OrderFilled\n    leaf 2, order revision 2\n" in story
    assert "    quantity = 100\n" in story
    # Keys that leaves do not have yet, or no longer have, are no hindrance; nothing breaks out of its line.
    told = verify.leaf_of(9, b'{"after": {"x": {"y": null}}, "reason": "a\\nb", "facts": {}}')
    lines = verify.story_of(ORDER, [told]).splitlines()
    assert lines[-3:] == ["    after.x.y = null", "    facts = {}", "    reason = a\\nb"]


def test_it_says_how_far_completeness_is_proved(tmp_path, capsys):
    (tmp_path / "b").write_bytes(BUNDLE)
    verify.main(["bundle", str(tmp_path / "b"), *KEY])
    shown = capsys.readouterr().out
    assert f"order {ORDER}: revisions 1 to 7; that nothing came later is not proved" in shown
    log = Log(1)
    log.entries.append(entry(1, kind="run", revision=4))
    log.build()
    (tmp_path / "b").write_bytes(log.bundle(sequences=[0, 1]))
    verify.main(["bundle", str(tmp_path / "b"), *KEY])
    assert f"run {ORDER}: 1 leaves; that none is missing is not proved" in capsys.readouterr().out


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(BUNDLE) - 1), bit=st.integers(0, 7))
def test_every_flipped_bit_of_a_bundle_is_caught(tmp_path, capsys, at, bit):
    altered = bytearray(BUNDLE)
    altered[at] ^= 1 << bit
    assert check(capsys, tmp_path, bytes(altered))


@pytest.mark.long
def test_every_altered_byte_of_a_bundle_is_caught(tmp_path, capsys):
    for at in range(len(BUNDLE)):
        altered = bytearray(BUNDLE)
        altered[at] ^= 0xFF
        assert check(capsys, tmp_path, bytes(altered)), at


@given(cut=st.integers(0, len(BUNDLE) - 1))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_bundle_that_was_cut_off_or_goes_on_is_caught(tmp_path, capsys, cut):
    assert check(capsys, tmp_path, BUNDLE[:cut])
    assert check(capsys, tmp_path, BUNDLE + BUNDLE[cut:])


def without(*names: str) -> dict[str, bytes]:
    return {name: content for name, content in MEMBERS.items() if name not in names}


def relisted(sequences: list[int], members: dict[str, bytes]) -> dict[str, bytes]:
    """As somebody would do it who knows the format: list and story fit the leaves again."""
    leaves = [verify.leaf_of(n, members[f"leaves/{n}.json"]) for n in sorted(set(sequences))]
    return {
        **members,
        "bundle.json": verify.manifest_of(ORDER, sequences),
        "story.txt": verify.story_of(ORDER, leaves).encode(),
    }


LEAF, PROOF = "leaves/4.json", "leaves/4.tlog-proof"
OTHER_LEAF, OTHER_PROOF = "leaves/6.json", "leaves/6.tlog-proof"
CASES = {
    "a leaf says something else": ("altered-leaf", MEMBERS | {LEAF: MEMBERS[LEAF].replace(b"100", b"900")}),
    "a leaf is no JSON": ("altered-leaf", MEMBERS | {LEAF: b"["}),
    "a leaf is no object": ("altered-leaf", MEMBERS | {LEAF: b"[]"}),
    "a leaf's file is missing": ("dropped-leaf", without(LEAF)),
    "a leaf is missing everywhere": (
        "dropped-leaf",
        relisted([0, 2, 6, 8, 10, 12], without(LEAF, PROOF)),
    ),
    "the first leaf is missing everywhere": (
        "dropped-leaf",
        relisted([2, 4, 6, 8, 10, 12], without("leaves/0.json", "leaves/0.tlog-proof")),
    ),
    "two leaves are swapped": (
        "swapped-leaf",
        MEMBERS | {LEAF: MEMBERS[OTHER_LEAF], OTHER_LEAF: MEMBERS[LEAF]},
    ),
    "two leaves are swapped with their proofs": (
        "swapped-leaf",
        MEMBERS
        | {LEAF: MEMBERS[OTHER_LEAF], OTHER_LEAF: MEMBERS[LEAF]}
        | {PROOF: MEMBERS[OTHER_PROOF], OTHER_PROOF: MEMBERS[PROOF]},
    ),
    "the list is in another order": ("swapped-leaf", relisted([2, 0, 4, 6, 8, 10, 12], MEMBERS)),
    "a leaf stands in another's place too": ("repeated-leaf", MEMBERS | {LEAF: MEMBERS[OTHER_LEAF]}),
    "a leaf is listed twice": ("repeated-leaf", relisted([0, 2, 4, 4, 6, 8, 10, 12], MEMBERS)),
    "a leaf is not listed": ("foreign-leaf", MEMBERS | {"leaves/5.json": LOG.entries[5]}),
    "a file is not of the log": ("foreign-file", MEMBERS | {"note.txt": b""}),
    "a proof is missing": ("missing-file", without(PROOF)),
    "the checkpoint is missing": ("missing-file", without("checkpoint")),
    "a proof leads to another checkpoint": (
        "altered-leaf",
        MEMBERS | {PROOF: MEMBERS[PROOF] + "— another.example AAAAAAAA\n".encode()},
    ),
    "a proof is too short": (
        "altered-leaf",
        MEMBERS | {PROOF: b"c2sp.org/tlog-proof@v1\nindex 4\n\n" + MEMBERS["checkpoint"]},
    ),
    "a proof has an extra line": (
        "altered-leaf",
        MEMBERS | {PROOF: MEMBERS[PROOF].replace(b"\n", b"\nextra aGVsbG8=\n", 1)},
    ),
    "a proof is none": ("malformed", MEMBERS | {PROOF: b"c2sp.org/tlog-proof@v2\n\n"}),
    "the story says something else": ("altered-story", MEMBERS | {"story.txt": b"Nothing happened.\n"}),
    "the list is none": ("malformed", MEMBERS | {"bundle.json": b"{}"}),
    "the list is spelt otherwise": ("malformed", MEMBERS | {"bundle.json": MEMBERS["bundle.json"] + b" "}),
    "the bundle claims to be another order's": (
        "foreign-leaf",
        MEMBERS | {"bundle.json": MEMBERS["bundle.json"].replace(ORDER.encode(), b"other")},
    ),
    "another tree was signed": (
        "altered-leaf",
        MEMBERS | {"checkpoint": Log(13, salt="another").checkpoint().encode()},
    ),
    "nobody signed": (
        "malformed",
        MEMBERS | {"checkpoint": MEMBERS["checkpoint"].rpartition(b"\n\n")[0] + b"\n"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_done_to_a_bundle_is_named(tmp_path, capsys, case):
    kind, members = CASES[case]
    assert kind in check(capsys, tmp_path, verify.pack(members))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        (LEAF, MEMBERS[LEAF].replace(b"{", b"[", 1), "altered-leaf"),
        (PROOF, b"", "malformed"),
        (LEAF, b'{"x":' * 2000 + b"1" + b"}" * 2000, "altered-leaf"),
    ],
    ids=["no JSON", "no proof", "too deep"],
)
def test_what_cannot_be_read_hides_no_other_fault(tmp_path, capsys, name, content, kind):
    others = {OTHER_LEAF: MEMBERS[OTHER_LEAF].replace(b"100", b"101"), "evil.exe": b"", name: content}
    found = check(capsys, tmp_path, verify.pack(MEMBERS | others))
    assert {"altered-leaf", "foreign-file", kind} <= {*found}


def test_a_leaf_that_was_signed_and_is_no_json_is_malformed(tmp_path, capsys):
    log = Log(3)
    log.entries[2] = b"["
    log.build()
    members = verify.unpack(log.bundle(sequences=[0])) | {"bundle.json": verify.manifest_of(ORDER, [0, 2])}
    proof = inclusion_text(2, proof_of(plan_inclusion(2, 3), log.hashes), log.checkpoint()).encode()
    members |= {"leaves/2.json": b"[", "leaves/2.tlog-proof": proof}
    told = [verify.leaf_of(place, members[f"leaves/{place}.json"]) for place in (0, 2)]
    members["story.txt"] = verify.text_bytes(verify.story_of(ORDER, told))
    assert check(capsys, tmp_path, verify.pack(members)) == ["malformed"]


def test_whatever_breaks_a_check_is_a_fault_beside_those_that_were_found(
    tmp_path, capsys, monkeypatch, export
):
    def fails(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(verify, "story_of", fails)
    monkeypatch.setattr(verify.Export, "_look_for_more", fails)
    bundle, newer = verify.pack(MEMBERS | {"evil.exe": b""}), held(tmp_path, Log(14).checkpoint())
    found = check(capsys, tmp_path, bundle, "--checkpoint", newer)
    assert found == ["foreign-file", "malformed", "stale-checkpoint"]
    (export / "tile/0/001").unlink()
    assert kinds(capsys, "export", export, *KEY) == ["malformed", "missing-file"]


def test_a_bundle_packed_by_another_program_is_to_be_unpacked(tmp_path, capsys):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in MEMBERS.items():
            archive.writestr(name, content)
    assert check(capsys, tmp_path, packed.getvalue()) == ["altered-container"]
    assert check(capsys, tmp_path, b"no ZIP") == ["altered-container"]
    twice = BUNDLE[: BUNDLE.index(b"PK\x01\x02")]
    assert check(capsys, tmp_path, twice + twice) == ["foreign-file"]


def test_a_wrong_key_and_a_forged_signature_are_told_apart(tmp_path, capsys):
    stranger = Signer.generate(SIGNER.name)
    file = tmp_path / "bundle.zip"
    file.write_bytes(BUNDLE)
    assert kinds(capsys, "bundle", file, "--key", stranger.verifier.vkey) == ["unknown-key"]
    assert kinds(capsys, "bundle", file, "--key", stranger.verifier.vkey, *KEY) == []
    forged = SignatureLine(SIGNER.name, SIGNER.verifier.key_id, bytes(64))
    file.write_bytes(LOG.bundle(checkpoint=f"{LOG.head().text}\n{forged}"))
    assert kinds(capsys, "bundle", file, *KEY) == ["bad-signature"]
    # The log's own key under another name is another log's.
    other = Signer("other.example", SIGNER._key)
    file.write_bytes(LOG.bundle(checkpoint=LOG.checkpoint(None, other)))
    assert kinds(capsys, "bundle", file, "--key", other.verifier.vkey) == ["unknown-key"]
    assert verify.main(["bundle", str(file), "--key", "no key"]) == 2
    assert verify.main(["bundle", str(tmp_path / "absent"), *KEY]) == 2


def test_a_known_key_signs_once_and_others_a_hundred_times_at_most(tmp_path, capsys):
    note = LOG.checkpoint()
    line = note.partition("\n\n")[2]
    assert check(capsys, tmp_path, LOG.bundle(checkpoint=note + line)) == ["malformed"]
    others = [str(SignatureLine("other.example", bytes(4), bytes(64)))] * 100
    assert check(capsys, tmp_path, LOG.bundle(checkpoint=note + "".join(others[:99]))) == []
    assert check(capsys, tmp_path, LOG.bundle(checkpoint=note + "".join(others))) == ["malformed"]


def test_a_checkpoint_that_is_held_shows_a_stale_bundle_and_a_forked_log(tmp_path, capsys):
    grown, forked = Log(21), Log(21, salt="forked")
    proof = tmp_path / "proof"
    same = held(tmp_path, LOG.checkpoint())
    assert check(capsys, tmp_path, BUNDLE, "--checkpoint", same) == []
    newer = held(tmp_path, grown.checkpoint())
    assert check(capsys, tmp_path, BUNDLE, "--checkpoint", newer) == ["stale-checkpoint"]
    proof.write_text(grown.consistency(13))
    assert check(capsys, tmp_path, BUNDLE, "--checkpoint", newer, "--consistency", proof) == []
    assert check(capsys, tmp_path, grown.bundle(), "--checkpoint", same) == []
    # A proof between other trees is no proof between these, and shows nothing.
    for between_others in (grown.consistency(12), Log(22).consistency(13)):
        proof.write_text(between_others)
        found = check(capsys, tmp_path, BUNDLE, "--checkpoint", newer, "--consistency", proof)
        assert found == ["stale-checkpoint"]
    proof.write_text("old 13\n\n")
    assert "malformed" in check(capsys, tmp_path, BUNDLE, "--consistency", proof)
    for other in (Log(13, salt="forked"), forked):
        proof.write_text(other.consistency(13))
        known = held(tmp_path, other.checkpoint())
        assert check(capsys, tmp_path, BUNDLE, "--checkpoint", known, "--consistency", proof) == [
            "forked-tree"
        ]


def test_an_older_checkpoint_that_is_held_needs_a_proof(tmp_path, capsys):
    older, proof = held(tmp_path, LOG.checkpoint(6)), tmp_path / "proof"
    assert check(capsys, tmp_path, BUNDLE, "--checkpoint", older) == ["missing-file"]
    proof.write_text(LOG.consistency(6))
    assert check(capsys, tmp_path, BUNDLE, "--checkpoint", older, "--consistency", proof) == []


def test_of_several_checkpoints_that_are_held_each_has_its_own_proof(tmp_path, capsys):
    def given(option: str, name: str, content: str) -> list[object]:
        (tmp_path / name).write_text(content)
        return [option, tmp_path / name]

    five, six, own = (given("--checkpoint", f"held-{size}", LOG.checkpoint(size)) for size in (5, 6, 13))
    first, second = (given("--consistency", f"from-{size}", LOG.consistency(size)) for size in (5, 6))
    assert check(capsys, tmp_path, BUNDLE, *five, *own, *first) == []
    assert check(capsys, tmp_path, BUNDLE, *own, *first) == []
    assert check(capsys, tmp_path, BUNDLE, *five, *six, *first) == ["missing-file"]
    assert check(capsys, tmp_path, BUNDLE, *five, *six, *first, *second) == []
    # An export is held against all its leaves, so a proof would say nothing more.
    with pytest.raises(SystemExit):
        verify.main(["export", str(tmp_path), *KEY, *map(str, first)])


def test_every_size_is_consistent_with_every_earlier_one_by_its_own_words():
    for old in range(14):
        first = verify.open_checkpoint(LOG.checkpoint(old).encode(), [verify.key_of(KEY[1])], "old")
        last = verify.open_checkpoint(LOG.checkpoint().encode(), [verify.key_of(KEY[1])], "new")
        proof = verify.proof_of(LOG.consistency(old).encode(), "old", "proof")
        assert verify.begins_with(first, last, proof.hashes)
        assert not verify.begins_with(first, last, [*proof.hashes, bytes(32)])
        assert not verify.begins_with(first._replace(root=bytes(32)), last, proof.hashes) or not old
        if proof.hashes:
            assert not verify.begins_with(first, last, proof.hashes[:-1])


def seen(at_s: int) -> bytes:
    """The bundle with a checkpoint that WITNESSED signed at a time."""
    value = SIGNER._key.sign(f"cosignature/v1\ntime {at_s}\n{LOG.head().text}".encode())
    line = SignatureLine(WITNESSED.name, WITNESSED.key_id, at_s.to_bytes(8) + value)
    return LOG.bundle(checkpoint=f"{LOG.checkpoint()}{line}")


@pytest.mark.parametrize(
    ("hours", "named"),
    [(0, []), (0.08, []), (-2, ["stale-checkpoint"]), (0.1, ["future-time", "stale-checkpoint"])],
)
def test_age_is_judged_by_a_witness_whose_clock_may_be_a_little_ahead(tmp_path, capsys, hours, named):
    bundle = seen(int(time.time() + hours * 3600))
    known = ["--witness", WITNESSED.vkey]
    assert check(capsys, tmp_path, bundle, "--max-age", 1, *known) == named
    assert check(capsys, tmp_path, bundle, *known) == [each for each in named if each == "future-time"]
    assert check(capsys, tmp_path, bundle, "--max-age", 1) == ["stale-checkpoint"]


def test_a_witness_signs_at_no_time_that_its_specification_has_not(tmp_path, capsys):
    known = ["--witness", WITNESSED.vkey]
    assert check(capsys, tmp_path, seen((1 << 63) - 1), *known) == ["future-time"]
    assert check(capsys, tmp_path, seen(1 << 63), *known) == ["bad-signature"]


def test_age_of_an_export_is_judged_by_its_newest_leaf(capsys, monkeypatch, export):
    newest_s = verify.seconds_of("2026-11-28T09:09:59Z")
    for hours, named in ((2, []), (4, ["stale-checkpoint"]), (-1, ["future-time", "stale-checkpoint"])):
        now_s = newest_s + hours * 3600
        monkeypatch.setattr(verify, "time", SimpleNamespace(time=lambda now_s=now_s: now_s))
        assert kinds(capsys, "export", export, *KEY, "--max-age", 3) == named


def test_an_export_holds_and_begins_with_what_is_held(tmp_path, capsys, export):
    for size in (0, 1, 256, 300, 512, 600):
        assert kinds(capsys, "export", export, *KEY, "--previous", held(tmp_path, BIG.checkpoint(size))) == []
    assert not (export / "tile/2").exists()
    assert {file.name for file in (export / "tile/0/002.p").iterdir()} == {"88"}
    empty = Log(0).export(tmp_path / "empty")
    assert kinds(capsys, "export", empty, *KEY) == []


def test_an_export_may_keep_partial_tiles_of_smaller_trees(tmp_path, capsys, export):
    Log(300).export(export)
    BIG.export(export)
    assert kinds(capsys, "export", export, *KEY) == []
    for path in ("tile/0/001.p/44", "tile/entries/001.p/44"):
        partial = export / path
        kept = partial.read_bytes()
        for content in (
            bytes(len(kept)),
            kept[:-32],
            kept + (export / path[:-5]).read_bytes()[len(kept) :][:1],
            b"",
        ):
            partial.write_bytes(content)
            assert kinds(capsys, "export", export, *KEY) == ["altered-tile"]
        partial.write_bytes(kept)


STRANGE = {
    "a name that begins like the checkpoint's": ("foreign-file", "checkpoint.p/anything.exe"),
    "a name that begins like a tile's": ("foreign-file", "tile/0/001.p/evil"),
    "a tile of no hash": ("foreign-file", "tile/0/001.p/0"),
    "a tile that is spelt otherwise": ("foreign-file", "tile/0/001.p/07"),
    "a partial tile that would be a full one": ("foreign-file", "tile/0/001.p/256"),
    "a tile of a level that no tree has": ("foreign-file", "tile/64/000.p/1"),
    "a tile of a larger tree": ("stale-checkpoint", "tile/0/003.p/1"),
    "a fuller tile": ("stale-checkpoint", "tile/0/002.p/89"),
}


@pytest.mark.parametrize("case", STRANGE)
def test_what_is_no_part_of_an_export_is_named(capsys, export, case):
    kind, path = STRANGE[case]
    (export / path).parent.mkdir(exist_ok=True, parents=True)
    (export / path).write_bytes(b"")
    assert kinds(capsys, "export", export, *KEY) == [kind]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/etc")], ids=["pipe", "link"])
def test_what_is_no_file_belongs_nowhere(tmp_path, capsys, export, make):
    make(export / "tile/more")
    assert kinds(capsys, "export", export, *KEY) == ["foreign-file"]
    for name, content in MEMBERS.items():
        (tmp_path / "bundle" / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / "bundle" / name).write_bytes(content)
    make(tmp_path / "bundle/more")
    assert kinds(capsys, "bundle", tmp_path / "bundle", *KEY) == ["foreign-file"]


def test_a_link_to_a_tile_is_not_the_tile(capsys, export):
    tile = export / "tile/0/000"
    tile.rename(export.parent / "tile")
    tile.symlink_to(export.parent / "tile")
    assert kinds(capsys, "export", export, *KEY) == ["foreign-file"]


def rewritten(position: int, *entries: bytes) -> Change:
    """Replace the entries of the second bundle from `position` on."""

    def change(folder: Path) -> None:
        bundle = BIG.entries[256:512]
        bundle[position : position + len(entries)] = entries
        packed = b"".join(len(each).to_bytes(2) + each for each in bundle[:256])
        (folder / "tile/entries/001").write_bytes(packed)

    return change


def flip(path: str) -> Change:
    def change(folder: Path) -> None:
        content = bytearray((folder / path).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / path).write_bytes(content)

    return change


def dropped_inside(folder: Path) -> None:
    shifted = [*BIG.entries[256:300], *BIG.entries[301:513]]
    rewritten(0, *shifted)(folder)


def rebuilt(change: Callable[[Log], object]) -> Change:
    """As somebody would do it who knows the format but has no key: tiles fit again, the checkpoint is the old one."""

    def rebuild(folder: Path) -> None:
        shutil.rmtree(folder)
        log = Log(600)
        change(log)
        log.build()
        log.export(folder)
        (folder / "checkpoint").write_text(BIG.checkpoint())

    return rebuild


def filled(*bundles: list[bytes]) -> Change:
    """As somebody would do it who hopes that nobody counts: each bundle and its tile of hashes fit each other."""

    def fill(folder: Path) -> None:
        for place, entries in zip(("000", "001", "002.p/88"), bundles, strict=True):
            (folder / "tile/entries" / place).write_bytes(entry_bundle(entries))
            (folder / "tile/0" / place).write_bytes(b"".join(map(leaf_hash, entries)))
        full = [verify.root_of(map(leaf_hash, entries)) for entries in bundles[:2]]
        (folder / "tile/1/000.p/2").write_bytes(b"".join(full))

    return fill


LEAVES = BIG.entries
INVENTED = Log(599, salt="invented").entries
EXPORT_CASES: dict[str, tuple[str, Change]] = {
    "a leaf says something else": ("altered-leaf", rewritten(7, entry(999))),
    "two leaves are swapped": ("swapped-leaf", rewritten(7, BIG.entries[264], BIG.entries[263])),
    "a leaf is repeated in the next one's place": ("repeated-leaf", rewritten(8, BIG.entries[263])),
    "a later leaf is repeated in an earlier one's place": ("repeated-leaf", rewritten(7, BIG.entries[264])),
    "a leaf is dropped": ("dropped-leaf", dropped_inside),
    "the last leaf of a bundle is dropped": (
        "dropped-leaf",
        lambda folder: (folder / "tile/entries/001").write_bytes(
            (folder / "tile/entries/001").read_bytes()[: -len(BIG.entries[511]) - 2]
        ),
    ),
    "the last leaf of all is dropped, and its hash": (
        "dropped-leaf",
        filled(LEAVES[:256], LEAVES[256:512], LEAVES[512:599]),
    ),
    "all leaves are invented, one less": (
        "forked-tree",
        filled(INVENTED[:256], INVENTED[256:512], INVENTED[512:]),
    ),
    "there is no leaf at all": ("forked-tree", filled([], [], [])),
    "a leaf stands in the bundle before its own": (
        "foreign-leaf",
        filled(LEAVES[:256], LEAVES[256:513], LEAVES[513:]),
    ),
    "a bundle is missing": ("dropped-leaf", lambda folder: (folder / "tile/entries/001").unlink()),
    "a bundle ends within a leaf": (
        "malformed",
        lambda folder: (folder / "tile/entries/001").write_bytes(b"\x00\x05abc"),
    ),
    "a tile of leaves was altered": ("altered-tile", flip("tile/0/001")),
    "a tile above was altered": ("altered-tile", flip("tile/1/000.p/2")),
    "a tile is missing": ("missing-file", lambda folder: (folder / "tile/1/000.p/2").unlink()),
    "the checkpoint is missing": ("missing-file", lambda folder: (folder / "checkpoint").unlink()),
    "a file is not of the log": ("foreign-file", lambda folder: (folder / "readme").write_text("")),
    "the checkpoint is an older one": (
        "stale-checkpoint",
        lambda folder: (folder / "checkpoint").write_text(BIG.checkpoint(300)),
    ),
    "a leaf was altered and all tiles were made anew": (
        "forked-tree",
        rebuilt(lambda log: log.entries.__setitem__(5, entry(5, OTHER_ORDER, 3))),
    ),
    "a leaf was dropped and all tiles were made anew": (
        "dropped-leaf",
        rebuilt(lambda log: log.entries.pop(5)),
    ),
    "two leaves were swapped and all tiles were made anew": (
        "forked-tree",
        rebuilt(lambda log: log.entries.__setitem__(slice(4, 6), [log.entries[5], log.entries[4]])),
    ),
    "a leaf was repeated and all tiles were made anew": (
        "repeated-leaf",
        rebuilt(lambda log: log.entries.insert(5, log.entries[4])),
    ),
}


@pytest.mark.parametrize("case", EXPORT_CASES)
def test_what_was_done_to_an_export_is_named(capsys, export, case):
    kind, change = EXPORT_CASES[case]
    change(export)
    assert kind in kinds(capsys, "export", export, *KEY)


def test_tiles_above_a_bundle_that_lacks_a_leaf_are_not_taken_for_those_of_a_larger_tree(capsys, export):
    _, drop = EXPORT_CASES["the last leaf of a bundle is dropped"]
    drop(export)
    assert kinds(capsys, "export", export, *KEY) == ["altered-tile", "dropped-leaf"]


def test_what_stands_behind_the_last_signed_leaf_is_foreign_and_makes_no_log_younger(capsys, export):
    now = {"recorded_at": datetime.now(UTC).isoformat()}
    behind = canonical(json.loads(entry(9999)) | now).encode()
    filled(LEAVES[:256], LEAVES[256:512], [*LEAVES[512:], behind])(export)
    recent = ["--max-age", 0.0001]
    # The signed leaves are all there, so it is the tile of hashes that was altered, and not the tree that is another.
    assert kinds(capsys, "export", export, *KEY) == ["altered-tile", "foreign-leaf"]
    assert "stale-checkpoint" in kinds(capsys, "export", export, *KEY, *recent)


def test_a_signed_log_that_was_cut_back_or_rewritten_is_named(tmp_path, capsys):
    known = held(tmp_path, BIG.checkpoint())
    cut = Log(590).export(tmp_path / "cut")
    assert kinds(capsys, "export", cut, *KEY, "--previous", known) == ["shrunk-tree"]
    forked = Log(610, salt="forked").export(tmp_path / "forked")
    assert kinds(capsys, "export", forked, *KEY, "--previous", known) == ["forked-tree"]
    same = Log(600, salt="forked").export(tmp_path / "same")
    assert kinds(capsys, "export", same, *KEY, "--previous", known) == ["forked-tree"]


def test_a_bundle_without_a_leaf_of_its_order_itself_lacks_one(tmp_path, capsys):
    assert check(capsys, tmp_path, LOG.bundle(sequences=[])) == ["dropped-leaf"]
    log = Log(0)
    log.entries = [entry(0, kind="run"), entry(1, kind="run", revision=2)]
    log.build()
    assert check(capsys, tmp_path, log.bundle(sequences=[0, 1])) == ["dropped-leaf"]


def row(number: int, revision: int) -> bytes:
    said = json.loads(entry(number, revision=revision, kind="orders_order"))
    return canonical(said | {"kind": "row"}).encode()


def test_rows_of_tables_have_no_gaps_and_may_be_made_anew(tmp_path, capsys):
    log = Log(0)
    for revisions, expected in (
        ([1, 2, 1, 2, 3], []),
        ([1, 2, 4], ["dropped-leaf"]),
        ([1, 2, 2], ["repeated-leaf"]),
    ):
        log.entries = [entry(0), *(row(number, revision) for number, revision in enumerate(revisions))]
        log.build()
        assert check(capsys, tmp_path, log.bundle(sequences=range(log.size))) == expected


def test_a_signed_log_that_lacks_a_revision_is_named(tmp_path, capsys):
    log = Log(30)
    del log.entries[10]
    log.build()
    assert kinds(capsys, "export", log.export(tmp_path / "log"), *KEY) == ["dropped-leaf"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_flipped_bit_of_an_export_is_caught(tmp_path, capsys, data):
    folder = LOG.export(tmp_path / "small")
    file = data.draw(st.sampled_from(sorted(each for each in folder.rglob("*") if each.is_file())))
    content = bytearray(file.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(content)
    assert kinds(capsys, "export", folder, *KEY)
