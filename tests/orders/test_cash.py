"""Cash that comes in and leaves: told once, all or none, by who may."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from psycopg.errors import InsufficientPrivilege

from compliance.models import Leaf
from orders import services
from orders.commands import RecordCash
from orders.errors import AccountNotFound, CashReferenceUsed
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.models import CashMovement
from orders.permissions import RECORD_CASH, VIEW_ORDERS
from tests.conftest import CommittedDatabase
from tests.orders.exposures import assert_exposure_follows, exposure_of
from tests.orders.test_concurrency import run_processes
from tests.world import SETUP, World, person

HEADER = "account,amount,reference\n"


def cash(account: str, amount: str, reference: str) -> RecordCash:
    return RecordCash.model_validate({"account": account, "amount": amount, "reference": reference})


def treasurer(world: World) -> Actor:
    return person("treasurer", world.firm, (RECORD_CASH, VIEW_ORDERS))


def test_cash_reaches_account_desk_and_firm_and_leaves_a_leaf(world: World) -> None:
    services.record_cash(actor=treasurer(world), commands=[cash("ALPHA", "1000.50", "w-1")])

    amounts = [exposure_of(holder).cash for holder in (world.account, world.desk, world.firm)]
    assert amounts == [Decimal("1000.50")] * 3
    assert exposure_of(world.other_desk).cash == 0
    body = Leaf.objects.get(action="CashMoved").body
    assert '"amount":"1000.5"' in body
    assert str(world.account.pk) in body
    assert "w-1" not in body, "a bank's reference may name people"


def test_several_accounts_at_once_and_a_withdrawal(world: World) -> None:
    services.record_cash(
        actor=treasurer(world),
        commands=[cash("ALPHA", "100", "a"), cash("BETA", "50", "a"), cash("ALPHA", "-30", "b")],
    )

    assert [exposure_of(each).cash for each in (world.account, world.other_account, world.firm)] == [
        70,
        50,
        120,
    ]
    assert_exposure_follows()


def test_the_same_movement_told_again_moves_nothing_twice(world: World) -> None:
    actor = treasurer(world)
    (first,) = services.record_cash(actor=actor, commands=[cash("ALPHA", "100", "a")])
    again, twin = services.record_cash(actor=actor, commands=[cash("ALPHA", "100", "a")] * 2)

    assert [first.created, again.created, twin.created] == [True, False, False]
    assert again.movement == first.movement == twin.movement
    assert exposure_of(world.firm).cash == 100


def test_a_reference_that_belongs_to_another_amount_is_refused_and_nothing_is_kept(world: World) -> None:
    actor = treasurer(world)
    services.record_cash(actor=actor, commands=[cash("ALPHA", "100", "a")])

    with pytest.raises(CashReferenceUsed):
        services.record_cash(actor=actor, commands=[cash("ALPHA", "7", "b"), cash("ALPHA", "101", "a")])
    assert CashMovement.objects.count() == 1


def test_only_who_may_records_cash_and_hidden_accounts_are_absent(world: World) -> None:
    of_desk = person("desk.treasurer", world.desk, (RECORD_CASH,))
    services.record_cash(actor=of_desk, commands=[cash("ALPHA", "1", "a")])
    for actor, account, refusal in (
        (of_desk, "BETA", AccountNotFound),
        (of_desk, "NOWHERE", AccountNotFound),
        (world.trader, "ALPHA", NotPermitted),
        (SETUP, "ALPHA", AccountNotFound),
    ):
        with pytest.raises(refusal):
            services.record_cash(actor=actor, commands=[cash(account, "1", "b")])
    assert CashMovement.objects.count() == 1


def test_a_movement_is_never_changed(committed_world: World, committed_database: CommittedDatabase) -> None:
    services.record_cash(actor=treasurer(committed_world), commands=[cash("ALPHA", "1", "a")])
    with committed_database.as_application() as application:
        for statement in ("UPDATE orders_cashmovement SET amount = 2", "DELETE FROM orders_cashmovement"):
            with pytest.raises(InsufficientPrivilege):
                application.execute(statement)
    with committed_database.as_superuser() as superuser, pytest.raises(psycopg.Error, match="append-only"):
        superuser.execute("UPDATE orders_cashmovement SET amount = 2")


def test_processes_that_tell_the_same_movements_at_once_move_them_once(committed_world: World) -> None:
    actor = treasurer(committed_world)
    references = [f"r{number}" for number in range(10)]

    def tell(codes: list[str]) -> None:
        for reference in references:
            services.record_cash(actor=actor, commands=[cash(code, "3", reference) for code in codes])

    run_processes([lambda: tell(["ALPHA", "BETA"]), lambda: tell(["BETA", "ALPHA"])])

    assert CashMovement.objects.count() == 20
    assert exposure_of(committed_world.firm).cash == 60


def test_a_file_is_loaded_by_command_and_once(world: World, tmp_path: Path) -> None:
    file = tmp_path / "cash.csv"
    file.write_text(f"{HEADER}ALPHA,1000,w-1\n\nBETA,-20.25,w-1\n")
    user = treasurer(world).name
    told = []
    for _ in range(2):
        out = StringIO()
        call_command("load_cash", file, "--user", user, stdout=out)
        told.append(out.getvalue())

    assert told == [
        "2 movements of cash recorded, 0 were there already\n",
        "0 movements of cash recorded, 2 were there already\n",
    ]
    assert exposure_of(world.firm).cash == Decimal("979.75")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "line 1: the header must be exactly"),
        (b"account,amount\n", "line 1: the header must be exactly"),
        (HEADER.encode(), "there is no movement"),
        (f"{HEADER}ALPHA,1,a\nALPHA,0,b\n".encode(), "line 3: amount: "),
        (f"{HEADER}ALPHA,1\n".encode(), "line 2: reference: "),
        (f"{HEADER}ALPHA,1,a,b\n".encode(), "line 2: field 4: "),
        (f"{HEADER}ALPHA,--1,a\n".encode(), "line 2: amount: "),
        (f"{HEADER}NOWHERE,1,a\n".encode(), "there is no account NOWHERE"),
        (HEADER.encode() + b"\xff,1,a\n", "cannot be read"),
        (HEADER.encode() + b"x,y,z\n" * 30, "line 21: "),
    ],
)
def test_of_a_file_with_a_wrong_line_nothing_is_loaded(
    world: World, tmp_path: Path, content: bytes, why: str
) -> None:
    file = tmp_path / "cash.csv"
    file.write_bytes(content)

    with pytest.raises(CommandError, match="nothing was loaded") as refused:
        call_command("load_cash", file, "--user", treasurer(world).name)
    assert why in str(refused.value)
    assert "line 22" not in str(refused.value)
    assert not CashMovement.objects.exists()


def test_a_file_has_its_most_lines(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.management.cash_file.MOST_LINES", 2)
    file = tmp_path / "cash.csv"
    file.write_text(f"{HEADER}ALPHA,1,a\nALPHA,1,b\n")
    with pytest.raises(CommandError, match="line 3: a file has at most 2 lines"):
        call_command("load_cash", file, "--user", treasurer(world).name)


def test_the_command_says_who_may_not_and_what_is_not_there(world: World, tmp_path: Path) -> None:
    file = tmp_path / "cash.csv"
    file.write_text(f"{HEADER}ALPHA,1,a\n")

    with pytest.raises(CommandError, match="there is no user nemo"):
        call_command("load_cash", file, "--user", "nemo")
    with pytest.raises(CommandError, match="record_cash"):
        call_command("load_cash", file, "--user", "trader")
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_cash", tmp_path / "absent.csv", "--user", treasurer(world).name)
