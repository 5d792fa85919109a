"""The client of witnesses against a witness that is a process of its own, with its own record."""

import base64
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.outside.contract import Contradicted, Elsewhere, Silent
from compliance.outside.places import places
from compliance.outside.witness import HttpWitness
from compliance.transparency.notes import WITNESS, Signer, Verifier, open_note
from tests.compliance.outside.servers import PATIENCE_S, running_witness
from tests.compliance.outside.trees import ORIGIN, Log


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def server(tmp_path, log):
    with running_witness(tmp_path / "witness", origin=ORIGIN, log_vkey=log.signer.verifier.vkey) as running:
        yield running


@pytest.fixture
def witness(server):
    return places("", server.place, origin=ORIGIN, timeout_s=PATIENCE_S).witnesses[0]


def cosigned(witness, log, old, new):
    return witness.cosign(log.note(new), old_size=old, proof=log.proof(old, new))


def test_it_signs_what_grows_and_its_signature_holds_beside_the_logs(server, witness, log):
    for old, new in ((0, 1), (1, 5), (5, 8), (8, 8), (8, 1_000)):
        note = log.note(new) + cosigned(witness, log, old, new)
        keys = [log.signer.verifier, Verifier.parse(server.vkey)]
        assert [key.kind for key, _line in open_note(note, keys).signed_by] == [1, WITNESS]


def test_it_signs_an_empty_tree_which_says_nothing_about_the_log(witness, log):
    assert cosigned(witness, log, 0, 0)
    assert cosigned(witness, log, 0, 3)


def test_it_tells_where_it_is_when_it_is_elsewhere_and_remembers_that_when_it_was_killed(
    server, witness, log
):
    cosigned(witness, log, 0, 6)
    server.kill()
    with pytest.raises(Silent, match="the witness does not answer"):
        cosigned(witness, log, 6, 7)
    server.start()
    for old, new in ((0, 0), (3, 7)):
        with pytest.raises(Elsewhere) as elsewhere:
            cosigned(witness, log, old, new)
        assert elsewhere.value.size == 6
    assert cosigned(witness, log, 6, 7)


def test_it_signs_no_fork(witness, log):
    cosigned(witness, log, 0, 6)
    fork = Log(log.signer, forked_at=4)
    for size in (6, 7):
        with pytest.raises(Contradicted, match="the witness knows another history of the log"):
            cosigned(witness, fork, 6, size)
    assert cosigned(witness, log, 6, 7)


def test_of_what_a_witness_signs_many_times_one_line_is_kept(witness, log, monkeypatch):
    line = cosigned(witness, log, 0, 1)
    assert line.count("\n") == 1
    monkeypatch.setattr(witness, "_post", lambda _body: (200, "text/plain", line * 90))
    assert cosigned(witness, log, 0, 1) == line


def test_a_witness_whose_time_has_not_come_is_silent(log, monkeypatch):
    key = Ed25519PrivateKey.generate()
    verifier = Verifier("witness.example/w1", key.public_key().public_bytes_raw(), WITNESS)
    witness = HttpWitness(verifier, "http://127.0.0.1:1", timeout_s=PATIENCE_S)
    text = log.note(1).rpartition("\n\n")[0] + "\n"

    def signed(at_s):
        signature = key.sign(f"cosignature/v1\ntime {at_s}\n".encode() + text.encode())
        value = verifier.key_id + at_s.to_bytes(8) + signature
        return f"— {verifier.name} {base64.b64encode(value).decode()}\n"

    now = int(time.time())
    for at_s, is_kept in ((now, True), (now + 3_600, False), (now * 1_000, False)):
        monkeypatch.setattr(witness, "_post", lambda _body, at_s=at_s: (200, "text/plain", signed(at_s)))
        if is_kept:
            assert cosigned(witness, log, 0, 1) == signed(at_s)
            continue
        with pytest.raises(Silent, match="for a time that has not come"):
            cosigned(witness, log, 0, 1)


def test_a_witness_that_does_not_know_the_log_or_its_key_is_silent_and_says_why(witness, log):
    for stranger, why in (
        (Log(Signer.generate("other.example/log")), "a log of this name"),
        (Log(), "the key"),
    ):
        with pytest.raises(Silent, match=f"the witness does not know {why}"):
            cosigned(witness, stranger, 0, 1)


def test_a_signature_that_is_not_of_the_witness_we_know_counts_for_nothing(server, log):
    key = Signer.generate("witness.example/w1").verifier.public_key
    impostor = f"{Verifier('witness.example/w1', key, WITNESS).vkey} {server.url}"
    witness = places("", impostor, origin=ORIGIN, timeout_s=PATIENCE_S).witnesses[0]
    with pytest.raises(Silent, match="no signature of its own"):
        cosigned(witness, log, 0, 1)
