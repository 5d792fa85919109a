"""Tokens: shown once, kept as a digest, checked in one query, and worthless the moment they are revoked."""

import subprocess
import sys
from datetime import timedelta
from importlib import import_module

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIClient, APIRequestFactory

from compliance.authentication import ApiTokenAuthentication
from compliance.errors import TokenNotFound
from compliance.models import ApiToken, Leaf
from compliance.services.tokens import revoke_token
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor, Door
from orders.kernel.ids import new_id
from orders.models import User
from qtweb.embedded.instance import CHECKOUT
from tests.embedded_services import instance
from tests.tokens import token_for

SETUP = Actor("tests", Door.COMMAND)


@pytest.fixture
def trader(world):
    return User.objects.get(pk=world.trader.user_id)


@pytest.fixture
def made(trader):
    return token_for(trader)


def authenticate(header: str | None):
    headers = {} if header is None else {"HTTP_AUTHORIZATION": header}
    return ApiTokenAuthentication().authenticate(APIRequestFactory().get("/", **headers))


def test_a_token_stands_for_its_owner_at_the_cost_of_one_query(made, trader):
    token, secret = made
    with CaptureQueriesContext(connection) as queries:
        user, found = authenticate(f"Token {secret}")
        assert user.username == trader.username
    assert (user, found) == (trader, token)
    assert len(queries) == 1


def test_only_the_digest_of_a_token_is_kept(made):
    token, secret = made
    columns = [str(value) for value in ApiToken.objects.filter(pk=token.pk).values_list()[0]]
    assert secret not in columns
    assert len(token.digest) == 128


def test_no_leaf_holds_a_token_or_its_digest(made):
    token, secret = made
    for body in Leaf.events.values_list("body", flat=True):
        assert secret not in body
        assert token.digest not in body
        assert token.token_key not in body


def test_a_revoked_token_opens_nothing_and_stays_on_record(made):
    token, secret = made
    revoke_token(actor=SETUP, token_id=token.id)
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {secret}")
    assert ApiToken.objects.get().revoked_at is not None


def test_revoking_twice_is_revoking_once(made):
    token, _ = made
    first = revoke_token(actor=SETUP, token_id=token.id).revoked_at
    assert revoke_token(actor=SETUP, token_id=token.id).revoked_at == first
    assert Leaf.events.filter(action="TokenRevoked").count() == 1


def test_an_expired_token_opens_nothing_and_is_not_deleted(made):
    token, secret = made
    ApiToken.objects.filter(pk=token.pk).update(expiry=recorded_now() - timedelta(microseconds=1))
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {secret}")
    assert ApiToken.objects.count() == 1


def test_the_token_of_an_inactive_person_opens_nothing(made, trader):
    User.objects.filter(pk=trader.pk).update(is_active=False)
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {made[1]}")


@pytest.mark.parametrize(
    "header", ["Token", "Token a b", "Token " + "0" * 64, "Token \xff\xfe", "Token " + "x" * 10_000]
)
def test_a_malformed_or_unknown_token_is_refused(db, header):
    with pytest.raises(AuthenticationFailed):
        authenticate(header)


def test_half_a_token_is_no_token(made):
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {made[1][:-1]}")


@pytest.mark.parametrize("header", [None, "", "Basic dHJhZGVyOng=", "Bearer abc"])
def test_another_scheme_is_left_to_others(db, header):
    assert authenticate(header) is None


@pytest.mark.parametrize("header", [None, "Token " + "0" * 64, "Basic dHJhZGVyOng="])
def test_the_api_answers_401_as_a_problem_that_names_the_scheme(db, header):
    headers = {} if header is None else {"HTTP_AUTHORIZATION": header}
    response = APIClient().get("/api/v1/orders", **headers)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "AUTH_REQUIRED"


def test_a_token_opens_the_api_without_csrf(made):
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Token {made[1]}")
    assert client.get("/api/v1/orders").status_code == 200
    assert client.post("/api/v1/orders", {}, format="json").status_code == 400


def test_a_session_is_no_credential_of_the_api(trader):
    client = APIClient()
    client.force_login(trader)
    assert client.get("/api/v1/orders").status_code == 401


def test_making_and_revoking_leave_leaves(made, trader):
    token, _ = made
    revoke_token(actor=SETUP, token_id=token.id)
    created, revoked = Leaf.events.filter(object_id=str(token.id)).order_by("id")
    assert (created.action, revoked.action) == ("TokenCreated", "TokenRevoked")
    assert f'"user_id":"{trader.pk}"' in created.body


def test_a_token_that_is_not_there_cannot_be_revoked(db):
    with pytest.raises(TokenNotFound):
        revoke_token(actor=SETUP, token_id=new_id())


def test_an_endless_token_of_former_days_is_not_over_with_the_migration(db):
    migration = import_module("compliance.migrations.0017_sign_in")
    database = instance().migration_database_url(connection.settings_dict["NAME"])
    with psycopg.connect(database) as owner, owner.cursor() as cursor:
        # In front of the tables of today, which hold no endless one: they are found first.
        cursor.execute(
            "CREATE TEMP TABLE compliance_apitoken (id text, created timestamptz, expiry timestamptz)"
        )
        cursor.execute("CREATE TEMP TABLE compliance_tokenuse (token_id text)")
        cursor.execute("""
            INSERT INTO pg_temp.compliance_apitoken VALUES ('old', now() - interval '3 years', NULL),
                ('new', now(), NULL), ('ends', now() - interval '1 day', now() + interval '1 day')""")
        cursor.execute(migration._TOKENS_MADE_BEFORE)
        cursor.execute("SELECT id, extract(day FROM expiry - now()) FROM pg_temp.compliance_apitoken")
        assert dict(cursor.fetchall()) == {"old": 366, "new": 366, "ends": 1}
        owner.rollback()


def manage(database, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=database.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_commands_print_a_token_once_and_revoke_it_by_its_id(committed_database, committed_world):
    asked = ("create_token", "trader", "--days", "2", "--scope", "trade", "--address", "192.0.2.0/24")
    made = manage(committed_database, *asked)
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    _, token = authenticate(f"Token {secret}")
    assert token.expiry - recorded_now() < timedelta(days=2)
    assert str(token.id) in made.stderr
    assert secret not in made.stderr
    assert (token.scopes, token.address_ranges) == (["trade"], ["192.0.2.0/24"])

    assert manage(committed_database, "revoke_token", str(token.id)).returncode == 0
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {secret}")
    assert manage(committed_database, "revoke_token", str(new_id())).returncode == 1
    assert manage(committed_database, "create_token", "no-such-user").returncode == 1
