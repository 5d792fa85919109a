"""Notes and checkpoints, held against golang.org/x/mod/sumdb/note and the examples of C2SP."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.transparency.checkpoints import (
    MalformedCheckpoint,
    TreeHead,
    open_checkpoint,
    sign_head,
)
from compliance.transparency.notes import (
    WITNESS,
    BadSignature,
    InvalidNote,
    MalformedNote,
    SignatureLine,
    Signer,
    UnknownKey,
    UnusableKey,
    Verifier,
    cosigned_at,
    cosigned_at_s,
    open_note,
    parse_note,
    sign,
)

# golang.org/x/mod, sumdb/note/note_test.go: a key pair, and what it signed.
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
# c2sp.org/tlog-cosignature: a checkpoint under a log's and a witness's signature.
COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
OLD, NEW, OTHER = (Signer.generate("log.example/audit") for _ in range(3))
HEAD = TreeHead("log.example/audit", 3, bytes(range(32)))


def cosigned(head: TreeHead, witness: Signer, at_s: int) -> tuple[Verifier, str]:
    """What a witness of tlog-cosignature adds below a checkpoint, spelt out."""
    public = witness.verifier.public_key
    verifier = Verifier("witness.example/w", public, WITNESS)
    signed = witness.line(f"cosignature/v1\ntime {at_s}\n{head.text}").value
    return verifier, str(SignatureLine(verifier.name, verifier.key_id, at_s.to_bytes(8) + signed))


def test_a_note_is_signed_as_the_reference_implementation_signs_it():
    signer = Signer.parse(SECRET)
    assert sign(TEXT, [signer]) == f"{TEXT}\n{LINE}"
    assert signer.verifier.vkey == VKEY
    assert signer.secret == SECRET
    assert open_note(f"{TEXT}\n{LINE}", [Verifier.parse(VKEY)]).text == TEXT


def test_the_specifications_cosigned_checkpoint_is_read():
    text, (log, witness) = parse_note(COSIGNED)
    head = TreeHead.parse(text)
    assert (head.origin, head.size, head.text) == ("example.com/behind-the-sofa", 20852163, text)
    assert (log.name, log.key_id.hex()) == ("example.com/behind-the-sofa", "033de0ae")
    assert cosigned_at_s(witness) == 1679315147  # the time that the specification gives
    assert cosigned_at(witness) == datetime(2023, 3, 20, 12, 25, 47, tzinfo=UTC)
    never = SignatureLine(witness.name, witness.key_id, (1679315147000).to_bytes(8) + bytes(64))
    assert cosigned_at(never) is None


def test_while_keys_are_exchanged_either_opens_the_note():
    note = sign_head(HEAD, [OLD, NEW])
    for known in ([OLD], [NEW], [NEW, OLD, OTHER]):
        signed = open_checkpoint(note, [signer.verifier for signer in known])
        assert signed.head == HEAD
        assert {line.key_id for _, line in signed.note.signed_by} == {
            signer.verifier.key_id for signer in known if signer is not OTHER
        }
    with pytest.raises(UnknownKey, match="none of the keys"):
        open_checkpoint(note, [OTHER.verifier])


def test_one_bad_signature_of_a_known_key_spoils_the_note():
    text, (first, second) = parse_note(sign_head(HEAD, [OLD, NEW]))
    spoiled = f"{text}\n{first}{SignatureLine(second.name, second.key_id, bytes(64))}"
    assert open_note(spoiled, [OLD.verifier]).ignored
    with pytest.raises(BadSignature, match=NEW.verifier.key_id.hex()):
        open_note(spoiled, [OLD.verifier, NEW.verifier])


def test_a_witness_signs_a_time_as_well_and_does_not_stand_in_for_the_log():
    witness, line = cosigned(HEAD, OTHER, 1_800_000_000)
    note = sign_head(HEAD, [OLD]) + line
    assert Verifier.parse(witness.vkey) == witness
    signed = open_checkpoint(note, [OLD.verifier, witness])
    assert [cosigned_at_s(line) for key, line in signed.note.signed_by if key.kind == WITNESS] == [
        1_800_000_000
    ]
    with pytest.raises(UnknownKey, match="no known key of the log"):
        open_checkpoint(note, [witness])
    for at_s in (1_800_000_001, 1 << 63):
        other = cosigned(HEAD, OTHER, at_s)[1]
        forged = SignatureLine(
            witness.name, witness.key_id, at_s.to_bytes(8) + parse_note(note)[1][1].value[8:]
        )
        assert witness.accepts(HEAD.text, parse_note(f"\n\n{other}")[1][0]) == (at_s < 1 << 63)
        assert not witness.accepts(HEAD.text, forged)


@given(st.data())
def test_every_flipped_bit_of_a_checkpoint_is_caught(data):
    note = sign_head(HEAD, [OLD]).encode()
    at, bit = data.draw(st.integers(0, len(note) - 1)), data.draw(st.integers(0, 7))
    flipped = bytearray(note)
    flipped[at] ^= 1 << bit
    try:
        text = flipped.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(InvalidNote):
        open_checkpoint(text, [OLD.verifier])


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{LINE}"[:-1],
        f"{TEXT}\n{LINE}\n",
        f"{TEXT}\n{LINE.replace('—', '-')}",
        f"{TEXT}\n— Peter Neumann {LINE.split(' ')[2]}",
        f"{TEXT}\n— a+b {LINE.split(' ')[2]}",
        f"{TEXT}\n—  {LINE.split(' ')[2]}",
        f"{TEXT}\n— PeterNeumann x08goA==\n",
        f"{TEXT}\n— PeterNeumann x08goB==\n",
        f"{TEXT}\n— PeterNeumann ?\n",
        f"tab\t\n\n{LINE}",
        f"\ud800\n\n{LINE}",
        f"{TEXT}\n{LINE * 101}",
    ],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(MalformedNote):
        open_note(note, [Verifier.parse(VKEY)])


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n٣\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        f"origin\n{1 << 63}\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n1\nAAAA\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nextension\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(MalformedCheckpoint):
        TreeHead.parse(text)


def test_extension_lines_are_read_past():
    assert TreeHead.parse(f"{HEAD.text}an extension\n") == HEAD


def test_a_note_needs_a_signer_and_a_whole_line():
    with pytest.raises(ValueError, match="without a signature"):
        sign(TEXT, [])
    with pytest.raises(MalformedNote, match="newline"):
        sign("no end", [OLD])


@pytest.mark.parametrize(
    "parse, key",
    [
        (Verifier.parse, "name"),
        (Verifier.parse, VKEY.replace("c74f20a3", "c74f20a4")),
        (Verifier.parse, VKEY.replace("PeterNeumann", "Peter Neumann")),
        (Verifier.parse, VKEY.replace("+ARpc", "+AVpc")),
        (Verifier.parse, VKEY.replace("+ARpc", "+Apc")),
        (Verifier.parse, VKEY.replace("+ARpc2Qc", "+AhpccQc")),
        (Verifier.parse, "name+00000000+AQ=="),
        (Signer.parse, VKEY),
        (Signer.parse, SECRET.replace("c74f20a3", "c74f20a4")),
        (Signer.parse, SECRET.replace("+AYEK", "+BIEK")),
        (Signer.parse, "PRIVATE+KEY+name+00000000+AQ=="),
        (Signer.generate, "two words"),
        (Signer.generate, ""),
    ],
)
def test_an_unusable_key_is_refused_and_never_repeated(parse, key):
    with pytest.raises(UnusableKey) as refused:
        parse(key)
    assert SECRET.rpartition("+")[2] not in str(refused.value)


def test_a_signer_does_not_show_its_seed():
    assert SECRET.rpartition("+")[2] not in repr(Signer.parse(SECRET))
