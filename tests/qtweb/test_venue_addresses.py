"""VENUES in the environment: each venue once, with host and port."""

import pytest
from pydantic import ValidationError

from qtweb.environment import Environment
from tests.qtweb.test_timeouts import REQUIRED


def addresses(venues: str) -> dict[str, tuple[str, int]]:
    return Environment(**REQUIRED, VENUES=venues).venue_addresses  # type: ignore[arg-type]


def test_each_venue_has_host_and_port() -> None:
    told = addresses("SIM=127.0.0.1:7878,DARK_2=venue.example:443")

    assert told == {"SIM": ("127.0.0.1", 7878), "DARK_2": ("venue.example", 443)}


@pytest.mark.parametrize(
    "wrong",
    [
        "SIM",
        "SIM=host",
        "sim=host:1",
        "SIM=host:1,SIM=host:2",
        "SIM=:1",
        "SIM=host:1,",
        "SIM=a b:1",
        "SIM=host:70000",
    ],
)
def test_what_names_no_venues_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(ValidationError, match="VENUES names each venue once"):
        addresses(wrong)


def test_what_named_the_only_venue_before_is_refused_and_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENUE_HOST", "venue.example")

    with pytest.raises(ValidationError, match="VENUES says where each venue listens"):
        addresses("SIM=127.0.0.1:7878")
