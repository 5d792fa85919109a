"""A hold on an account reaches every month in which a leaf concerns it: its orders, its cash, its limits, its rows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from compliance.belonging import TABLES
from compliance.capture.declared import ByRow
from compliance.capture.registry import REGISTRY
from compliance.commands import PlaceHold
from compliance.concerned import codes_named, ids_named
from compliance.errors import MonthNotReady
from compliance.models import (
    EVERY_ACCOUNT,
    AccountMonth,
    AccountReading,
    Leaf,
    LeafKind,
    LegalHold,
    TreeEntry,
)
from compliance.retention_reads import months_for, months_held
from compliance.services import account_months
from compliance.services.account_months import AccountReader
from compliance.services.archives import archive_month, attach_month
from compliance.services.holds import place_hold
from compliance.services.index_leaves import index_batch
from compliance.services.roles import define_roles, grant_role
from compliance.services.sign_checkpoint import sign_checkpoint
from orders import services
from orders.commands import RecordCash
from orders.kernel.ids import new_id
from orders.kernel.postgresql.failures import sqlstate
from orders.limit_kinds import LimitKind
from orders.models import Account, Lot
from orders.permissions import PERMISSIONS, RECORD_CASH, VIEW_ORDERS
from orders.terms import KillSwitchScope
from tests.compliance.capture.rows import insert
from tests.compliance.log import indexed, integrate, record
from tests.compliance.log import insert as write_leaf
from tests.compliance.months import open_next_month
from tests.compliance.test_archives import ARCHIVIST
from tests.conftest import CommittedDatabase
from tests.orders.fills import fill
from tests.sign_in import in_role
from tests.world import SETUP, World, person

PARENTS = {
    **dict.fromkeys(
        (
            *("compliance_approval", "compliance_rolegrant", "execution_routingrule", "orders_cashmovement"),
            *("orders_exposure", "orders_killswitch", "orders_limit", "orders_order", "orders_orderrequest"),
            *("orders_position", "orders_tradingstatechange", "orders_usedclientorderid"),
        ),
        ("account_id", "orders_account"),
    ),
    "orders_accountpermission": ("content_object_id", "orders_account"),
    "orders_execution": ("order_id", "orders_order"),
    "orders_lot": ("position_id", "orders_position"),
    "orders_orderrevision": ("order_id", "orders_order"),
    "orders_override": ("refused_id", "orders_order"),
    "orders_replacement": ("order_id", "orders_order"),
    "orders_riskdecision": ("order_id", "orders_order"),
    "orders_settlement": ("position_id", "orders_position"),
    "orders_throttlereset": ("limit_id", "orders_limit"),
    "execution_run": ("order_id", "orders_order"),
    "execution_slice": ("run_id", "execution_run"),
    "execution_trigger": ("run_id", "execution_run"),
    "execution_venueorder": ("run_id", "execution_run"),
    "execution_venuebreak": ("venue_order_id", "execution_venueorder"),
    "execution_venuereport": ("client_order_id", "execution_venueorder"),
}
"""The column by which a row is part of another one, up to its account."""
GIVEN = {
    "orders_killswitch": {"scope": "'account'", "firm_id": "NULL"},
    "orders_limit": {"firm_id": "NULL"},
    "compliance_rolegrant": {"firm_id": "NULL"},
}
CHANGE = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> ALL(%s)
    ORDER BY has_column_privilege(%s, attnum, 'UPDATE') DESC, attnum LIMIT 1
"""


def concerned_since(start: int, reader: AccountReader | None = None) -> list[tuple[Leaf, set[str]]]:
    """Each leaf from this entry on with the accounts that it concerns."""
    integrate()
    read = (reader or AccountReader()).read(start)
    leaves = Leaf.objects.in_bulk([leaf_id for leaf_id, _accounts in read])
    return [(leaves[leaf_id], set(accounts)) for leaf_id, accounts in read]


def size() -> int:
    integrate()
    return TreeEntry.objects.count()


def test_every_table_with_a_key_that_leads_to_an_account_is_known() -> None:
    """By way of any key: a new table is named here until it is known whose its rows are."""
    leading = {Account}
    while more := {
        model
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and field.related_model in leading and model not in leading
    }:
        leading |= more
    captured = {
        model._meta.db_table for model in leading if isinstance(REGISTRY.get(model._meta.db_table), ByRow)
    }
    # A rule's approval is on the whole house; a venue's report names its venue order, and has no key.
    assert captured - {"compliance_retentionrule"} | {"execution_venuereport"} == TABLES
    assert PARENTS.keys() | {"orders_account"} == TABLES


@pytest.mark.parametrize("table", sorted(PARENTS))
def test_a_change_of_an_account_s_row_concerns_it_though_its_leaf_does_not_say_so(
    world: World, table: str
) -> None:
    """By raw SQL, and with nothing remembered: the last leaf of the row is read alone."""
    account, row_id = new_rows(table)
    is_changed = changed(table, row_id)
    [*_before, (leaf, accounts)] = concerned_since(size() - 1)
    transaction.set_rollback(True)  # keys of other tables lead nowhere

    assert (leaf.object_type, leaf.object_id) == (table, row_id)
    assert accounts == {account}
    # An account's exposure has its account's id.
    assert not is_changed or (account in leaf.body) is (table == "orders_exposure")


def new_rows(table: str) -> tuple[str, str]:
    """Insert a row of the table, with all those above it up to an account; returns the account's id and the row's."""
    row_id = str(new_id())
    if table == "orders_account":
        write(table, id=f"'{row_id}'", code=f"'{row_id[-12:]}'")
        return row_id, row_id
    column, parent = PARENTS[table]
    account, parent_id = new_rows(parent)
    if table == "orders_accountpermission":
        write(table, content_object_id=f"'{parent_id}'")
        return account, str(asked(f"SELECT max(id) FROM {table}"))
    if table == "orders_exposure":
        return account, str(asked(f"SELECT id FROM {table} WHERE account_id = '{account}'"))
    write(table, **{"id": f"'{row_id}'", column: f"'{parent_id}'", **GIVEN.get(table, {})})
    return account, row_id


def write(table: str, **given: str) -> None:
    insert(connection.connection, table, set(), **given)


def asked(statement: str, *values: object) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def changed(table: str, row_id: str) -> bool:
    """Change nothing of a row but its count of changes; returns whether anybody may."""
    column = asked(CHANGE, table, ["id", PARENTS[table][0]], table)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'UPDATE {table} SET "{column}" = "{column}" WHERE id = %s', [row_id])
    except DatabaseError as error:
        assert sqlstate(error) == "42501"
        return False
    return True


def test_what_a_leaf_says_of_an_account_counts_wherever_it_says_it() -> None:
    first, second, other = (str(new_id()) for _ in range(3))
    said = f'{{"actor":"user:{other}","after":{{"accounts":["{first}"],"key":"account:{second}"}}'
    body = f'{said},"correlation_id":"{other}","facts":{{"account":"EQ-1","code":"X"}}}}'
    assert ids_named(body) == {first, second}
    assert codes_named(body) == {"EQ-1"}


def acts_on(world: World) -> dict[str, Callable[[], object]]:
    """What is done about the account ALPHA, none of it to an order, by the event that tells of it."""
    officer = person("officer", world.firm, tuple(name for name, _title in PERMISSIONS))
    asks = in_role("compliance_officer", world.firm)
    refused, alpha, trader_id = world.place(quantity="10001"), world.account, world.trader.user_id
    define_roles(actor=SETUP)
    hold = PlaceHold.model_validate({"kind": "account", "subject": alpha.code, "reason": "case 7"})
    cash = RecordCash.model_validate({"account": alpha.code, "amount": "5", "reference": "opening"})
    return {
        "CashMoved": lambda: services.record_cash(actor=officer, commands=[cash]),
        "InstructionRefused": lambda: services.record_refusal(
            actor=world.nobody, code="x", account=alpha.code, symbol="SPY"
        ),
        "KillSwitchEngaged": lambda: services.engage_kill_switch(
            actor=officer, scope=KillSwitchScope.ACCOUNT, target=alpha, reason="x"
        ),
        "LegalHoldPlaced": lambda: place_hold(actor=asks, command=hold),
        "OverrideGranted": lambda: services.grant_override(
            actor=officer,
            order_id=refused.pk,
            codes=["RISK_ORDER_QUANTITY"],
            expires_in_minutes=5,
            reason="x",
        ),
        "RoleGranted": lambda: grant_role(actor=SETUP, user_id=trader_id, role="trader", scope=alpha),
        "ReferenceDataChanged": lambda: services.register_limit(
            actor=SETUP, holder=alpha, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(1)
        ),
        "TradingStateChanged": lambda: services.set_account_state(
            actor=officer, code=alpha.code, state="suspended", reason="x"
        ),
    }


def test_each_event_about_an_account_concerns_it_and_so_do_its_rows(world: World) -> None:
    alpha, remembering = str(world.account.pk), AccountReader()
    for action, act in acts_on(world).items():
        start = size()
        act()
        found = concerned_since(start)
        assert found == concerned_since(start, remembering)
        assert action in {leaf.action for leaf, _accounts in found}
        for leaf, accounts in found:
            is_about_it = leaf.kind == LeafKind.EVENT or leaf.object_type in NAMING
            assert accounts == ({alpha} if is_about_it or is_an_account_s(leaf) else set()), leaf.body


NAMING = ("compliance_legalhold", "orders_killswitchgate")
"""Tables whose rows name accounts and are of none."""


def is_an_account_s(leaf: Leaf) -> bool:
    """Whether it tells of a row of an account, and not of what its desk and its firm have together."""
    is_above = (
        leaf.object_type == "orders_exposure" and not Account.objects.filter(pk=leaf.object_id).exists()
    )
    return leaf.object_type in TABLES and not is_above


def test_all_leaves_of_an_account_s_orders_and_their_work_concern_it_and_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that remembers what it met, and forgets it all now and then, says the same as one that met nothing."""
    monkeypatch.setattr(account_months, "MOST_KNOWN", 20)
    start = size()
    orders = [
        world.place(),
        services.place(actor=world.stranger, command=world.command(account="BETA")).order,
    ]
    for order in orders:
        fill(order, "60")
    fill(world.place(side="sell"), "50")
    whole, remembering = concerned_since(start), AccountReader()
    one_by_one = [remembering.read(first)[0] for first in range(start, size())]
    assert [(leaf.pk, accounts) for leaf, accounts in whole] == one_by_one
    both = {str(order.account_id) for order in orders}
    for leaf, found in whole:
        assert len(found) == (1 if leaf.object_type == "order" or is_an_account_s(leaf) else 0), leaf.body
        assert found <= both
    assert {leaf.object_type for leaf, _found in whole} >= {"orders_lot", "orders_exposure", "execution_run"}


def test_a_row_that_is_gone_is_its_account_s_by_the_leaves_that_told_all_of_it(world: World) -> None:
    """The lots that a sale used up: their last changes do not say whose they were, and no table does any more."""
    fill(world.place(), "60")
    start = size()
    fill(world.place(side="sell"), "20")
    fill(world.place(side="sell"), "40")
    assert not Lot.objects.exists()
    of_lots = [each for each in concerned_since(start) if each[0].object_type == "orders_lot"]
    assert {leaf.action for leaf, _accounts in of_lots} == {"update", "delete"}
    assert all(accounts == {str(world.account.pk)} for _leaf, accounts in of_lots)


def test_what_may_concern_any_account_is_said_to(committed_database: CommittedDatabase) -> None:
    start = size()
    with committed_database.as_superuser() as superuser:
        superuser.execute("TRUNCATE orders_lot, orders_firmpermission")
    found = {leaf.object_type: accounts for leaf, accounts in concerned_since(start)}
    assert found == {"orders_lot": {str(EVERY_ACCOUNT)}, "orders_firmpermission": set()}


class Officer:
    """Places holds, and sees what they keep."""

    def __init__(self, world: World) -> None:
        self.asks = in_role("compliance_officer", world.firm)
        self.treasurer = person("treasurer", world.firm, (VIEW_ORDERS, RECORD_CASH))
        self.alpha, self.beta = (self._hold(each) for each in (world.account, world.other_account))

    def _hold(self, account: Account) -> LegalHold:
        command = PlaceHold.model_validate({"kind": "account", "subject": account.code, "reason": "x"})
        return place_hold(actor=self.asks, command=command)

    def record_cash(self, account: Account, reference: str) -> None:
        command = RecordCash.model_validate({"account": account.code, "amount": "5", "reference": reference})
        services.record_cash(actor=self.treasurer, commands=[command])

    def kept(self, hold: LegalHold) -> list[date]:
        found = [month.month for month in reversed(months_for(self.asks)) if hold in month.holds]
        assert months_held()[hold.pk] == len(found)
        return found


@pytest.fixture
def officer(committed_world: World) -> Officer:
    return Officer(committed_world)


@pytest.fixture
def months(committed_world: World, committed_database: CommittedDatabase, officer: Officer) -> list[date]:
    """Four months: holds are placed in the first, cash of ALPHA comes in the second and of BETA in the third."""
    first, second = open_next_month(committed_database)
    officer.record_cash(committed_world.account, "a")
    _second, third = open_next_month(committed_database)
    officer.record_cash(committed_world.other_account, "b")
    _third, fourth = open_next_month(committed_database)
    record("of nobody's account")
    return [first, second, third, fourth]


def test_a_hold_on_an_account_reaches_a_month_with_nothing_of_it_but_its_cash(
    officer: Officer, months: list[date]
) -> None:
    """The open month is kept by every hold: what comes into it next may concern anybody."""
    first, second, third, fourth = months
    assert officer.kept(officer.alpha) == officer.kept(officer.beta) == months
    integrate()
    assert officer.kept(officer.alpha) == officer.kept(officer.beta) == months
    indexed()
    assert officer.kept(officer.alpha) == [first, second, fourth]
    assert officer.kept(officer.beta) == [first, third, fourth]


def test_a_month_that_was_not_read_to_its_end_is_kept_by_every_hold_on_an_account(
    officer: Officer, months: list[date], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader is interrupted in its second batch, and the next one goes on where it stood."""
    first, second, third, fourth = months
    integrate()
    third_begins = TreeEntry.objects.get(leaf=Leaf.objects.filter(action="CashMoved").latest("pk")).sequence
    monkeypatch.setattr(account_months, "BATCH_READ", third_begins)
    assert AccountReader().run_batch() == third_begins
    assert officer.kept(officer.alpha) == months
    assert officer.kept(officer.beta) == [first, third, fourth]
    with monkeypatch.context() as patch:
        patch.setattr(account_months, "_write", lambda _read: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            AccountReader().run_batch()
    assert AccountReading.objects.get().entries == third_begins
    assert AccountReader().run_batch() > 0
    assert officer.kept(officer.alpha) == [first, second, fourth]
    assert AccountReader().run_batch() == 0


def test_a_leaf_that_has_no_place_yet_keeps_its_month(
    officer: Officer, committed_database: CommittedDatabase
) -> None:
    """Of a transaction that began in a month which is over, and ended when all else of that was read."""
    first, second = open_next_month(committed_database)
    with committed_database.as_application() as slow, slow.transaction():
        write_leaf(slow, "late")
        _second, third = open_next_month(committed_database)
        record("next")
        indexed()
        assert officer.kept(officer.alpha) == [first, third]
    assert officer.kept(officer.alpha) == [first, second, third]
    indexed()
    assert officer.kept(officer.alpha) == [first, third]


def test_a_month_is_archived_when_it_was_read_and_one_archived_before_is_kept_by_every_hold_on_an_account(
    officer: Officer, committed_database: CommittedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = open_next_month(committed_database)
    record("of nobody's account")
    _second, third = open_next_month(committed_database)
    record("next")
    integrate()
    sign_checkpoint()
    while index_batch():
        pass
    with pytest.raises(MonthNotReady, match="not all read for the accounts"):
        archive_month(actor=ARCHIVIST, month=first, folder=tmp_path)
    # As releases did that had no such table.
    AccountReading.objects.update(entries=TreeEntry.objects.count())
    archive_month(actor=ARCHIVIST, month=first, folder=tmp_path)
    AccountReading.objects.update(entries=0)
    assert officer.kept(officer.alpha) == [first, second, third]
    indexed()
    assert officer.kept(officer.alpha) == [first, third]
    assert set(AccountMonth.objects.filter(month=first).values_list("account_id", flat=True)) == {
        EVERY_ACCOUNT
    }
    attach_month(actor=ARCHIVIST, month=first)
    assert officer.kept(officer.alpha) == [first, third]


def test_a_leaf_of_no_month_is_in_none(committed_database: CommittedDatabase) -> None:
    with committed_database.as_superuser() as superuser:
        superuser.execute(
            "SELECT setval('compliance_leaf_id_seq', (SELECT max(to_id) FROM compliance_leafmonth))"
        )
        superuser.execute("TRUNCATE orders_lot")
    integrate()
    assert AccountReader().run_batch() == 1
    assert not AccountMonth.objects.exists()
