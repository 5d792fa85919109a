"""Somebody else's verifier reads our files: golang.org/x/mod/sumdb, by a program that has nothing of ours."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from compliance import verify
from tests.compliance.transparency.handed_over import SIGNER, Log

PROGRAM = Path(__file__).parent / "independent" / "main.go"
LIBRARY = Path("/usr/share/gocode")
OLDER = (1, 2, 255, 256, 257, 700, 1024, 1299)

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not (shutil.which("go") and (LIBRARY / "src/golang.org/x/mod/sumdb").is_dir()),
        reason="needs the reference implementation: apt-get install golang-go golang-golang-x-mod-dev",
    ),
]


def judged(folder: Path) -> "subprocess.CompletedProcess[str]":
    """What the program says to a folder, run with the library that Debian installed and no network."""
    surroundings = {"GO111MODULE": "off", "GOPATH": str(LIBRARY)}
    environment = {**os.environ, **surroundings, "GOCACHE": str(folder / "cache")}
    command = ["go", "run", str(PROGRAM), str(folder), SIGNER.verifier.vkey]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_the_reference_implementation_accepts_what_the_log_hands_over_and_nothing_else(tmp_path):
    log = Log(1300)
    log.export(tmp_path / "log")
    (tmp_path / "proofs").mkdir()
    (tmp_path / "consistency").mkdir()
    for name, content in verify.unpack(log.bundle(sequences=range(0, 1300, 7))).items():
        if name.startswith("leaves/"):
            (tmp_path / "proofs" / name.removeprefix("leaves/")).write_bytes(content)
    for size in OLDER:
        (tmp_path / "consistency" / str(size)).write_text(log.checkpoint(size))
        (tmp_path / "consistency" / f"{size}.proof").write_text(log.consistency(size))

    accepted = judged(tmp_path)
    assert (accepted.stderr, accepted.stdout) == ("", f"1300 leaves, 186 proofs, {len(OLDER)} older trees\n")

    entries = tmp_path / "log/tile/entries/001"
    entries.write_bytes(entries.read_bytes().replace(b"OrderFilled", b"OrderFilleD", 1))
    assert "leaf 256 is another one" in judged(tmp_path).stderr
