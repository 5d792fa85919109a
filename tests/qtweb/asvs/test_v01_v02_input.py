"""V1 Encoding and Sanitization, V2 Validation and Business Logic."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from orders.models import Order
from qtweb import celery_configuration
from qtweb.rate_limits.limits import Kind, Limit
from tests.orders.api.conftest import order_body
from tests.world import World

ORDERS = "/api/v1/orders"
APPS = ("qtweb", "orders", "execution", "compliance")


@dataclass(frozen=True)
class Sources:
    """What our modules do, by the name that they write: `eval`, `subprocess.run`; and in which modules."""

    called: dict[str, set[str]]
    imported: dict[str, set[str]]
    shells: set[str]


@pytest.fixture(scope="module")
def sources() -> Sources:
    """Every module of ours that runs, read."""
    found = Sources({}, {}, set())
    root = Path(settings.BASE_DIR)
    for path in (path for app in APPS for path in (root / app).rglob("*.py")):
        module = str(path.relative_to(root))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                found.called.setdefault(ast.unparse(node.func), set()).add(module)
                found.shells.update(module for each in node.keywords if each.arg == "shell")
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names = (
                    [each.name for each in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                )
                for name in names:
                    found.imported.setdefault(name, set()).add(module)
    assert len(found.imported) > 100
    return found


def test_v1_2_1_markup_in_what_was_sent_is_text_on_every_page(world: World, trader: Client) -> None:
    hostile = "<script>alert(1)</script>"
    order = world.place()
    trader.post(reverse("admin:orders_order_change", args=[order.pk]) + "cancel/", {"reason": hostile})

    page = trader.get(
        reverse("admin:orders_order_change", args=[order.pk]) + "panel/history/"
    ).content.decode()
    assert hostile not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_v1_2_3_markup_and_quotes_in_json_stay_in_their_string(program: Client) -> None:
    hostile = '"}</script><!--\u2028'
    answer = program.post(ORDERS, {**order_body(), "symbol": hostile}, content_type="application/json")

    assert answer.status_code in (400, 422)
    assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("hostile", ["' OR '1'='1", "x'; DROP TABLE orders_order; --", "%' OR 1=1 --", "\\"])
def test_v1_2_4_sql_in_a_search_finds_nothing_and_does_nothing(
    world: World, trader: Client, hostile: str
) -> None:
    world.place()
    page = trader.get("/admin/orders/order/", {"q": hostile})

    assert page.status_code == 200
    assert "Show all" in page.content.decode()
    assert Order.objects.count() == 1


def test_v1_2_5_no_command_goes_through_a_shell(sources: Sources) -> None:
    called = sources.called
    assert not called.keys() & {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
    assert sources.shells == set()
    starting = {
        path.rpartition("/")[0] for name in called if name.startswith("subprocess.") for path in called[name]
    }
    assert starting == {"qtweb/embedded"}, "its commands are lists of words written out in the code"


def test_v1_3_2_no_text_is_run_as_code(sources: Sources) -> None:
    assert not sources.called.keys() & {
        "eval",
        "exec",
        "compile",
        "__import__",
        "builtins.eval",
        "builtins.exec",
    }


def test_v1_3_7_no_template_is_made_of_what_was_sent(sources: Sources) -> None:
    assert not [name for name in sources.called if name.rpartition(".")[2] in ("Template", "from_string")]
    assert "jinja2" not in sources.imported


def test_v1_5_1_nothing_reads_xml(sources: Sources) -> None:
    readers = ("xml", "lxml", "defusedxml", "xmltodict")
    assert not [name for name in sources.imported if name.partition(".")[0] in readers]


def test_v1_5_2_nothing_that_comes_in_is_unpickled(sources: Sources) -> None:
    assert not sources.imported.keys() & {"pickle", "cPickle", "dill", "marshal", "shelve", "yaml"}
    assert celery_configuration.accept_content == ["json"]
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"


WRONG = [
    {"quantity": "-1"},
    {"quantity": "1e9999"},
    {"side": "both"},
    {"symbol": ""},
    {"quantity": 5.5},
    {"is_admin": "1"},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_v2_2_1_what_does_not_fit_the_schema_is_refused(program: Client, wrong: dict[str, Any]) -> None:
    answer = program.post(ORDERS, {**order_body(), **wrong}, content_type="application/json")

    assert (answer.status_code, answer.json()["category"]) == (400, "input")
    assert not Order.objects.exists()


def test_v2_2_2_the_server_judges_whatever_a_form_lets_through(world: World, trader: Client) -> None:
    order = world.place()
    url = reverse("admin:orders_order_change", args=[order.pk]) + "amend/"

    answer = trader.post(
        url, {"quantity": "-5", "limit_price": "abc", "revision": "1", "reason": "no script ran"}
    )

    assert answer.status_code == 400
    assert Order.objects.get().version == order.version


def test_v2_2_3_terms_that_contradict_each_other_are_refused(program: Client) -> None:
    for together in ({"type": "market", "limit_price": "10"}, {"type": "limit", "limit_price": None}):
        answer = program.post(ORDERS, {**order_body(), **together}, content_type="application/json")
        assert answer.status_code == 400


def test_v2_4_1_who_asks_too_often_is_told_to_wait(program: Client, settings: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(Kind, Limit(2, 60))
    program.defaults["REMOTE_ADDR"] = "127.0.0.1"
    answers = [program.get(ORDERS, headers={"X-Forwarded-For": "192.0.2.41"}) for _each in range(4)]

    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
