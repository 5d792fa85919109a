"""What Django answers where no view does: a problem below /api/, a page elsewhere."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from qtweb.urls import handler400, handler403, handler404, handler500
from tests.qtweb.api.conftest import assert_problem


def raising(error: Exception) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


FAILURES = {
    "400": SuspiciousOperation("a secret"),
    "403": PermissionDenied("a secret"),
    "500": RuntimeError("a secret"),
}
urlpatterns = [
    path(f"{prefix}{status}", raising(error))
    for status, error in FAILURES.items()
    for prefix in ("api/", "admin/")
]
__all__ = ["handler400", "handler403", "handler404", "handler500"]


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    "address", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/orders", "/api/v1/orders/"]
)
def test_an_unknown_address_below_api_is_a_problem(visitor: Client, address: str) -> None:
    problem = assert_problem(visitor.get(address), 404)

    assert problem["code"] == "RESOURCE_NOT_FOUND"
    assert_problem(visitor.post(address, b"{}", content_type="application/json"), 404)


@pytest.mark.parametrize("address", ["/", "/nothing", "/apis", "/health/", "/static/nothing.css"])
def test_an_unknown_address_elsewhere_is_a_page(visitor: Client, address: str) -> None:
    answer = visitor.get(address)

    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (404, "text/html")


def test_a_host_that_is_not_ours_is_400(visitor: Client) -> None:
    assert_problem(visitor.get("/api/v1/orders", headers={"Host": "elsewhere.example"}), 400)


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("status", FAILURES)
def test_what_a_view_outside_the_api_classes_raises_is_told_alike(visitor: Client, status: str) -> None:
    problem = assert_problem(visitor.get(f"/api/{status}"), int(status))
    page = visitor.get(f"/admin/{status}")

    assert "secret" not in str(problem)
    assert (page.status_code, page["Content-Type"].split(";")[0]) == (int(status), "text/html")
    assert "secret" not in page.content.decode()
