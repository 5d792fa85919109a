"""The schema and its page: valid, without warnings, true to what is served, and loading nothing from elsewhere."""

import json
import re
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from compliance.commands import PlaceHold
from compliance.services.fan_out import fan_out
from compliance.services.holds import place_hold
from compliance.services.roles import define_roles, grant_role
from compliance.services.sign_checkpoint import sign_checkpoint
from execution.market_data.bars import Bar
from execution.models import Run, Slice, VenueOrder, VenueReport
from execution.selectors import run_of
from execution.services.market_data import load_bars
from execution.services.plan_runs import plan_runs
from execution.services.record_breaks import Look, record_looks
from execution.venues.differences import Difference, DifferenceKind
from orders import services
from orders.commands import RecordCash
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor, process_actor
from orders.kernel.transactions import service
from orders.models import KillSwitch, Limit, Position
from orders.permissions import ENGAGE_KILL_SWITCH, RECORD_CASH, VIEW_OPERATIONS, VIEW_ORDERS
from orders.selectors import market_now
from orders.terms import KillSwitchScope
from tests.compliance.cases.exporting import exported
from tests.compliance.events.subscribing import People
from tests.compliance.log import indexed, integrate
from tests.compliance.proposals import propose_new
from tests.orders.rates import record
from tests.orders.samples import sample
from tests.qtweb.api.conftest import api_schema, client_with_token, operations
from tests.sign_in import in_role
from tests.world import NOON, SETUP, World, person

DOCS = "/api/v1/docs"
OUTSIDE = re.compile(r"""(?:src|href|action)=["']?(?:https?:)?//""", re.IGNORECASE)
ASKED = {
    "/api/v1/market_data/figures": "?symbol=SPY",
    "/api/v1/market_data/report": "?symbol=SPY&first=2013-10-04&last=2013-10-04",
    "/api/v1/market_data/bars": "?symbol=SPY&day=2013-10-04",
    "/api/v1/market_data/loads": "?symbol=SPY",
    "/api/v1/audit/consistency": "?from=1",
    "/api/v1/audit/states": "?object_type=order&object_id={order_id}&at=2199-01-01T00:00:00Z",
}
"""What has to be asked for where an address alone says nothing."""

OF_THE_LOG = {
    f"/api/v1/{name}"
    for name in ("audit/state", "audit/states", "audit/months", "retention_rules", "legal_holds")
}
"""What the log's readers alone are told."""


def test_the_schema_is_valid_openapi_31() -> None:
    schema = json.loads(json.dumps(api_schema()))

    assert schema["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(schema).validate()


def test_the_schema_is_made_without_a_warning(tmp_path: Path) -> None:
    call_command(
        "spectacular", fail_on_warn=True, validate=True, file=str(tmp_path / "schema.yaml"), stderr=StringIO()
    )

    assert (tmp_path / "schema.yaml").stat().st_size > 10_000


def test_the_schema_is_served_to_anyone_as_it_is_made(client: Client) -> None:
    served = client.get("/api/v1/schema")

    assert served.status_code == 200
    assert served.json() == json.loads(json.dumps(api_schema()))


def test_every_operation_has_its_own_name_a_summary_and_its_problems() -> None:
    schema = api_schema()
    told = [operation for methods in schema["paths"].values() for operation in methods.values()]

    names = [operation["operationId"] for operation in told]
    assert len(set(names)) == len(names) == len(operations())
    for operation in told:
        assert operation["summary"]
        assert {"400", "401", "503"} <= operation["responses"].keys()
        problems = [answer for status, answer in operation["responses"].items() if status >= "400"]
        assert all(list(answer["content"]) == ["application/problem+json"] for answer in problems)
        assert operation["security"] == [{"token": []}]


def test_what_is_served_is_what_the_schema_says(world: World) -> None:
    order = world.place(quantity="100", algorithm={"name": "direct", "parameters": {}})
    world.place(quantity="10001")
    run, price = run_of(order), order.limit_price
    assert run is not None and price is not None
    plan_runs(run_ids=[run.pk], market_time=market_now())
    fill = services.Fill(
        venue="SIM", venue_execution_id="1", quantity=order.quantity, price=price, market_time=NOON
    )
    services.apply_execution(actor=process_actor("gateway"), order_id=order.pk, fill=fill)
    waiting = world.place(type="stop", limit_price=None, stop_price="150")
    waiting_run = run_of(waiting)
    assert waiting_run is not None
    plan_runs(run_ids=[waiting_run.pk], market_time=market_now())
    record(world, "EUR/USD", "1.08")
    propose_new(world.head, kind="gross_notional", value="1000000", account="ALPHA")
    record_cash(world, "1000000")
    switch = stopped(world)
    sampled = Limit.objects.get(account=order.account, kind="position_quantity")
    sample()
    load_bars(actor=SETUP, bars=[Bar("SPY", NOON, *[Decimal(100)] * 4, Decimal(1))])
    give_up_a_report()
    let_a_plugin_be_told(world)
    disagree_with_venue(run)
    position = Position.objects.get(account=order.account, instrument=order.instrument)
    let_see_operations(world.trader, world)
    define_roles(actor=SETUP)
    grant_role(actor=SETUP, user_id=world.nobody.user_id, role="operator", scope=world.desk)
    place_hold(
        actor=in_role("compliance_officer", world.firm),
        command=PlaceHold.model_validate({"kind": "everything", "reason": "case 7"}),
    )
    indexed()
    sign_checkpoint()
    case = exported(world.trader, order_id=order.pk)
    client, auditor = client_with_token(world.trader), client_with_token(world.auditor)
    schema = json.loads(json.dumps(api_schema()))

    reads = [operation for operation in operations() if operation.method == "GET"]
    for operation in reads:
        looked_at = waiting if operation.path.endswith("/trigger") else order
        parts = {
            "order_id": looked_at.pk,
            "position_id": position.pk,
            "kill_switch_id": switch.pk,
            "limit_id": sampled.pk,
            "case_id": case.pk,
        }
        told = schema["paths"][operation.path]["get"]["responses"]["200"]
        is_file = "application/json" not in told["content"]
        asker = auditor if is_file or operation.path in OF_THE_LOG else client
        answer = asker.get(operation.url(**parts) + ASKED.get(operation.path, "").format(**parts))
        assert answer.status_code == 200, operation
        if is_file:
            assert answer["Content-Type"].partition(";")[0] in told["content"]
            continue
        assert answer.json().get("items", True), f"{operation}: nothing to look at"
        _validate(schema, told, answer.json())
        refused = client.get(operation.url(**parts) + "?unknown=1")
        _validate(schema, schema["paths"][operation.path]["get"]["responses"]["400"], refused.json())


def _validate(schema: dict[str, Any], response: dict[str, Any], document: Any) -> None:
    (media_type,) = response["content"].values()
    bound = {**media_type["schema"], "components": schema["components"]}
    Draft202012Validator(bound, format_checker=FormatChecker()).validate(document)


def test_the_page_and_all_that_it_loads_come_from_us(client: Client) -> None:
    page = client.get(DOCS)
    html = page.content.decode()

    assert page.status_code == 200
    assert not OUTSIDE.search(html)
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(loaded) >= 4
    for address in loaded:
        answer = client.get(urljoin(DOCS, address.replace("&amp;", "&")))
        assert answer.status_code == 200, address
        assert len(answer.getvalue()) > 100


def test_the_page_runs_under_a_policy_that_forbids_inline_scripts_and_strangers(client: Client) -> None:
    page = client.get(DOCS)

    policy = page["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert (directives["default-src"], directives["script-src"], directives["connect-src"]) == (
        "'none'",
        "'self'",
        "'self'",
    )
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.content.decode())
    assert "//" not in policy


def test_the_pages_script_asks_our_schema_and_no_validator_on_the_internet(client: Client) -> None:
    html = client.get(DOCS).content.decode()
    (address,) = (found for found in re.findall(r'src="([^"]+)"', html) if "script=" in found)

    script = client.get(urljoin(DOCS, address)).content.decode()

    assert '"validatorUrl": null' in script
    assert "/api/v1/schema" in script
    assert not re.search(r"https?://", script)


@pytest.mark.parametrize("query", ["?version=1'});alert(1)//", "?lang=</script><script>alert(1)</script>"])
def test_what_a_link_to_the_page_says_is_never_run(client: Client, query: str) -> None:
    for address in (DOCS + query, DOCS + query + "&script="):
        text = client.get(address).content.decode()
        assert "alert(1)</script>" not in text
        assert "'});alert(1)" not in text


def test_addresses_in_the_schema_are_paths_alone() -> None:
    assert all(not urlsplit(server["url"]).netloc for server in api_schema().get("servers", []))


def record_cash(world: World, amount: str) -> None:
    treasurer = person("treasurer", world.firm, (VIEW_ORDERS, RECORD_CASH))
    command = RecordCash.model_validate({"account": "ALPHA", "amount": amount, "reference": "opening"})
    services.record_cash(actor=treasurer, commands=[command])


def give_up_a_report() -> None:
    """A dead letter that everybody sees who sees operations anywhere."""
    VenueReport.objects.create(
        venue="SIM",
        sequence=1,
        kind="accepted",
        client_order_id=uuid4(),
        body={},
        dead_lettered_at=recorded_now(),
        recorded_at=recorded_now(),
    )


def let_a_plugin_be_told(world: World) -> None:
    """A subscription with a delivery for every order that was placed."""
    integrate()
    row = People(world).subscribe(events=["OrderPlaced"], from_sequence=0)
    fan_out(subscription_id=row.pk, recorded_at=recorded_now())


def disagree_with_venue(run: Run) -> None:
    """A venue order of the run, and a break about it."""
    part = Slice.objects.filter(run=run).first()
    assert part is not None
    names = ("symbol", "side", "type", "time_in_force", "quantity", "limit_price")
    terms = {name: getattr(part, name) for name in names}
    now = {"market_time": NOON, "recorded_at": recorded_now()}
    venue_order = VenueOrder.objects.create(slice=part, run=run, venue="SIM", **terms, **now)
    look = Look(venue_order.pk, [Difference(DifferenceKind.STATUS, "", "new", "filled")], {})
    record_looks(actor=process_actor("gateway"), looks=[look])


@service
def let_see_operations(actor: Actor, world: World) -> None:
    assert actor.user_id is not None
    services.grant_permission(
        actor=SETUP, user_id=actor.user_id, permission=VIEW_OPERATIONS, scope=world.desk
    )


def stopped(world: World) -> KillSwitch:
    """A kill switch on the trader's account, and its open orders asked to be canceled."""
    officer = person("officer", world.firm, (VIEW_ORDERS, ENGAGE_KILL_SWITCH))
    switch = services.engage_kill_switch(
        actor=officer, scope=KillSwitchScope.ACCOUNT, target=world.account, reason="runaway"
    )
    services.sweep_kill_switch(actor=process_actor("kill_switch"), kill_switch_id=switch.pk)
    return switch
