"""What Prometheus reads: `/metrics`, for who has the token."""

from collections.abc import Iterator
from hmac import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from orders.kernel.breakers import BreakerState
from orders.kernel.metrics import registry
from qtweb.breakers import standings


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus's text format; 404 where no token is set, 401 without it. The database is not asked."""
    token: str | None = settings.ENVIRONMENT.metrics_token
    if token is None:
        raise Http404("no METRICS_TOKEN is set")
    sent = request.headers.get("Authorization", "")
    if not compare_digest(sent.encode(), f"Bearer {token}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    states = CollectorRegistry()
    states.register(_BreakerStates())
    return HttpResponse(
        generate_latest(registry()) + generate_latest(states), content_type=CONTENT_TYPE_LATEST
    )


class _BreakerStates(Collector):
    """The state of each breaker in the process that is worst off: the one that holds has the value 1."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "qtweb_breaker_state",
            "1 for the state that holds in the worst process",
            labels=["breaker", "state"],
        )
        for standing in standings():
            for state in BreakerState:
                family.add_metric([standing.name, state], float(state is standing.state))
        yield family
