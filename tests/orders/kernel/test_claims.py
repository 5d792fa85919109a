"""What a transaction claims of itself comes with its BEGIN, and ends with it."""

from uuid import UUID

from django.db import connection, transaction

from orders.kernel.context import Act, Actor, Door, acting, came_by_token, coming_from, correlated
from orders.kernel.postgresql.claims import SEPARATOR, claims
from tests.conftest import CommittedDatabase

ANA = UUID("01900000-0000-7000-8000-000000000001")
TOKEN = UUID("01900000-0000-7000-8000-000000000002")


def _claimed() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('qtweb.context', true)")
        found: str | None = cursor.fetchone()[0]
        return found


def test_a_transaction_claims_who_acts_from_where_for_whom_and_by_which_service(
    committed_database: CommittedDatabase,
) -> None:
    act = Act("orders.place", Actor(name="ana", door=Door.API, user_id=ANA))
    with correlated("c-1"), coming_from("it's 192.0.2.7\x1f\0"), acting(act):
        came_by_token(TOKEN, ANA)
        with transaction.atomic():
            said = _claimed()
    source = f"it's 192.0.2.7  token:{TOKEN}"
    assert said == SEPARATOR.join([f"user:{ANA}", "c-1", "api", f"user:{ANA}", source, "orders.place"])
    assert not _claimed(), "what was claimed ends with its transaction"


def test_the_next_piece_of_work_is_not_taken_for_the_last_one() -> None:
    with coming_from("192.0.2.7"):
        came_by_token(TOKEN, ANA)
        assert f"token:{TOKEN}" in claims()
    assert str(TOKEN) not in claims()
    assert claims().startswith(SEPARATOR), "nobody acts"


def test_a_process_that_looks_at_a_token_does_not_work_in_its_owners_name_from_then_on() -> None:
    came_by_token(TOKEN, ANA)
    assert str(TOKEN) not in claims()
    assert str(ANA) not in claims()


def test_a_pipeline_begins_without_claims(committed_database: CommittedDatabase) -> None:
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.pipeline():
            cursor = connection.connection.execute("SELECT current_setting('qtweb.context', true)")
        assert not cursor.fetchone()[0]
