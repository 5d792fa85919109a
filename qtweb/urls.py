"""Every address of the site."""

from django.urls import URLPattern, URLResolver, include, path

from orders.kernel.admin import site
from qtweb import health
from qtweb.api_documentation import Documentation, Schema
from qtweb.metrics import metrics

handler400 = "qtweb.failures.bad_request"
handler403 = "qtweb.failures.permission_denied"
handler404 = "qtweb.failures.page_not_found"
handler500 = "qtweb.failures.server_error"

api: list[URLPattern | URLResolver] = [
    path("schema", Schema.as_view(), name="schema"),
    path("docs", Documentation.as_view(), name="docs"),
    path("", include("orders.urls")),
    path("", include("execution.urls")),
    path("", include("compliance.urls")),
]
urlpatterns = [
    path("api/v1/", include(api)),
    path("admin/", site.urls),
    path("metrics", metrics, name="metrics"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
]
