"""A reason is read by others, years later: one line in which something stands, by whatever door it comes in."""

import pytest
from django.urls import reverse
from pydantic import ValidationError

from orders import services
from orders.commands import ResetThrottle
from orders.limit_kinds import LimitKind
from orders.models import Override, ThrottleReset
from orders.permissions import OVERRIDE_LIMITS, RESET_THROTTLES, VIEW_LIMITS, VIEW_ORDERS
from tests.orders.api.conftest import client_of
from tests.sign_in import sign_in
from tests.world import SETUP, World, person

NOTHING = [" ", "\u00a0\u00a0", "\u200b", "\u2060 "]
NOT_ONE_LINE = [
    "two\nlines",
    "a bell\x07",
    "\x7fdeleted",
    "next\x85line",
    "two\u2028lines",
    "\u202eegarots fo tuo",
]


@pytest.mark.parametrize("reason", [*NOTHING, *NOT_ONE_LINE], ids=ascii)
def test_what_cannot_be_read_is_no_reason(reason: str) -> None:
    with pytest.raises(ValidationError):
        ResetThrottle(reason=reason)


@pytest.mark.parametrize(
    "reason", ["x", "größer", "多", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "<b>&amp;"]
)
def test_every_script_can_be_written_in(reason: str) -> None:
    assert ResetThrottle(reason=reason).reason == reason


def test_an_override_without_a_word_of_reason_is_none(world: World) -> None:
    refused = world.place(quantity="10001")
    officer = client_of(person("officer", world.firm, (VIEW_ORDERS, OVERRIDE_LIMITS)))
    body = {"codes": [refused.denial_code], "expires_in_minutes": 5, "reason": " "}

    answer = officer.post(f"/api/v1/orders/{refused.pk}/override", body, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/reason")
    assert not Override.objects.exists()


def test_the_page_that_lets_a_throttle_go_asks_for_a_reason_as_the_api_does(world: World) -> None:
    throttle = services.register_limit(
        actor=SETUP, kind=LimitKind.REPEATED_EXECUTIONS, value=5, holder=world.desk
    )
    officer = sign_in(person("officer", world.desk, (VIEW_LIMITS, RESET_THROTTLES)))

    answer = officer.post(reverse("admin:orders_limit_reset", args=[throttle.pk]), {"reason": "two\r\nlines"})

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["reason"])
    assert not ThrottleReset.objects.exists()
