"""The page Controls: the map with the limits that are in force now."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.coverage import limit_coverage
from orders.limit_kinds import LimitKind
from orders.models import Account, Limit
from orders.models.organisation import AccountState
from tests.sign_in import in_role, sign_in, visible_text
from tests.world import NOON, World

PAGE = reverse("admin:controls")


def test_a_compliance_officer_sees_demands_checks_and_limits(world: World) -> None:
    text = visible_text(sign_in(in_role("compliance_officer", world.firm)).get(PAGE))

    assert "Art. 15(1)(b) Maximum order values keep uncommonly large values out of the book." in text
    assert "RISK_ORDER_NOTIONAL notional per order 2 RTS 6 Art. 15(1)(b); SEC 15c3-5 (c)(1)(ii)" in text
    assert "RISK_KILL_SWITCH holds always RTS 6 Art. 12(1); RTS 6 Art. 12(2)" in text


def test_accounts_without_a_limit_are_named(world: World) -> None:
    Limit.objects.filter(account=world.other_account, kind="order_notional").update(ended_at=NOON)

    text = visible_text(sign_in(in_role("compliance_officer", world.firm)).get(PAGE))

    assert "RISK_ORDER_NOTIONAL notional per order 1 BETA RTS 6 Art. 15(1)(b)" in text


def test_an_empty_restricted_list_is_no_gap_and_a_missing_throttle_is_one(world: World) -> None:
    page = sign_in(in_role("compliance_officer", world.firm)).get(PAGE)

    gaps = {check.code for check in page.context["checks"] if check.is_gap}
    assert "RISK_THROTTLED" in gaps
    assert "RISK_RESTRICTED" not in gaps
    assert "1 of 2 without a limit" in visible_text(page)


def test_what_no_check_does_in_full_is_said_to_be_partly_there(world: World) -> None:
    text = visible_text(sign_in(in_role("compliance_officer", world.firm)).get(PAGE))

    assert "Surveillance staff receive immediate reports of executions. partly" in text


def test_who_may_see_no_limit_does_not_see_the_page(world: World) -> None:
    assert sign_in(in_role("operator", world.firm)).get(PAGE).status_code == 403


def test_the_page_asks_the_same_questions_however_many_limits(world: World) -> None:
    client = sign_in(in_role("auditor", world.firm))
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for kind in ("gross_notional", "net_notional", "credit_notional"):
        Limit.objects.create(desk=world.desk, kind=kind, value=10)
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)

    assert len(many) == len(few)


def _without(world: World, kind: LimitKind) -> tuple[str, ...]:
    return limit_coverage(world.auditor)[kind].accounts_without


def test_a_limit_reaches_the_accounts_of_its_holder(world: World) -> None:
    kind = LimitKind.GROSS_NOTIONAL
    assert _without(world, kind) == ("ALPHA", "BETA")

    limit = Limit.objects.create(desk=world.desk, kind=kind, value=10)
    assert _without(world, kind) == ("BETA",)

    limit.desk, limit.firm = None, world.firm
    limit.save()
    assert _without(world, kind) == ()


def test_a_limit_on_an_instrument_or_of_a_trader_leaves_accounts_without(world: World) -> None:
    kind = LimitKind.ORDERS_PER_SECOND
    Limit.objects.create(account=world.account, instrument=world.instrument, kind=kind, value=10)
    Limit.objects.create(trader_id=world.trader.user_id, kind=kind, value=10)

    coverage = limit_coverage(world.auditor)[kind]
    assert (coverage.limits, coverage.accounts_without) == (2, ("ALPHA", "BETA"))


def test_a_limit_counts_while_it_is_in_force(world: World) -> None:
    kind = LimitKind.GROSS_NOTIONAL
    limit = Limit.objects.create(
        firm=world.firm, kind=kind, value=10, effective_from=NOON + timedelta(days=1)
    )
    assert limit_coverage(world.auditor)[kind].limits == 0

    for effective_until, counted in ((NOON, 0), (NOON + timedelta(minutes=1), 1)):
        limit.effective_from, limit.effective_until = None, effective_until
        limit.save()
        assert limit_coverage(world.auditor)[kind].limits == counted


def test_a_suspended_account_lacks_nothing(world: World) -> None:
    Account.objects.filter(pk=world.other_account.pk).update(state=AccountState.SUSPENDED)

    assert _without(world, LimitKind.GROSS_NOTIONAL) == ("ALPHA",)


def test_who_sees_one_desk_sees_its_accounts_and_what_the_firm_has_for_them(world: World) -> None:
    Limit.objects.create(firm=world.firm, kind="gross_notional", value=10)

    coverage = limit_coverage(world.trader)

    assert coverage[LimitKind.GROSS_NOTIONAL].accounts_without == ()
    assert coverage[LimitKind.NET_NOTIONAL].accounts_without == ("ALPHA",)
    assert coverage[LimitKind.ORDER_NOTIONAL].limits == 1
