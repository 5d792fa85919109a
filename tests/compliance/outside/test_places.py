"""How the environment names places outside the database, and what it is told where it does so badly."""

import pytest

from compliance.outside.places import UnusablePlace, places
from compliance.transparency.notes import WITNESS, Signer, Verifier
from tests.compliance.outside.trees import ORIGIN

KEY = Signer.generate("witness.example/w1").verifier


def vkey(name="witness.example/w1", kind=WITNESS):
    return Verifier(name, KEY.public_key, kind).vkey


def test_places_have_their_names_and_kinds():
    found = places(
        "vault=folder:///var/lib/kept, archive=s3://bucket/some/prefix?region=eu-central-1",
        f"{vkey()} https://witness.example/",
        origin=ORIGIN,
    )
    assert found.kinds == {"vault": "folder", "archive": "s3", "witness.example/w1": "witness"}
    assert places("", " ", origin=ORIGIN).kinds == {}


@pytest.mark.parametrize(
    ("stores", "witnesses", "why"),
    [
        ("folder:///var/lib/kept", "", "is no name for a store"),
        ("vault=folder://host/path", "", "vault: neither folder:///path nor"),
        ("vault=folder:///", "", "vault: neither folder:///path nor"),
        ("vault=ftp://host/path", "", "vault: neither folder:///path nor"),
        ("vault=s3://key:secret@bucket/prefix", "", "no key anywhere"),
        ("vault=s3://bucket/prefix?secret=x", "", "no key anywhere"),
        ("vault=folder:///a,vault=folder:///b", "", "have one name"),
        pytest.param(
            "",
            "witness.example/w1 https://witness.example",
            "a witness: a key is not of the form",
            id="no key",
        ),
        # Named, because keys are new in each process and every worker has to collect the same.
        pytest.param(
            "", f"{vkey(kind=1)} https://witness.example", "not the key of a witness", id="log's key"
        ),
        pytest.param(
            "", f"{vkey('w' * 65)} https://witness.example", "name of over 64 characters", id="long"
        ),
        pytest.param("", f"{vkey()} ftp://witness.example", "neither http:// nor https://", id="ftp"),
    ],
)
def test_a_place_that_cannot_be_read_is_named_and_nothing_of_it_is_used(stores, witnesses, why):
    with pytest.raises(UnusablePlace, match=why):
        places(stores, witnesses, origin=ORIGIN)
