"""Venues are registered by command: again is no second one, and what was said of one is final."""

import io

import pytest
from django.core.management import CommandError, call_command

from compliance.models import Leaf
from execution.models import Venue
from tests.world import World


def register(*arguments: str) -> str:
    printed = io.StringIO()
    call_command("register_venue", *arguments, stdout=printed)
    return printed.getvalue()


def test_a_venue_is_registered_once_with_a_leaf(world: World) -> None:
    said = register("MTF", "Multilateral", "--calendar", "XLON")

    assert (
        register("MTF", "Multilateral", "--calendar", "XLON") == said == "MTF: Multilateral, calendar XLON\n"
    )
    assert Venue.objects.get(code="MTF").calendar == "XLON"
    assert Leaf.objects.filter(action="VenueRegistered").count() == 1


def test_another_calendar_of_a_venue_is_refused(world: World) -> None:
    register("MTF", "Multilateral")

    with pytest.raises(CommandError, match="calendar of each instrument"):
        register("MTF", "Multilateral", "--calendar", "XLON")

    assert Venue.objects.get(code="MTF").calendar == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mtf", "Multilateral"), "code: "),
        (("MTF", ""), "name: "),
        (("MTF", "Multilateral", "--calendar", "ZZZZ"), "no calendar is known for the market ZZZZ"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_registered(
    world: World, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        register(*arguments)

    assert not Venue.objects.filter(code="MTF").exists()


def test_a_gateway_of_a_venue_without_an_address_does_not_start() -> None:
    with pytest.raises(CommandError, match="VENUES names MTF, SIM, not DARK"):
        call_command("venue_gateway", "DARK")
