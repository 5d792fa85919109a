"""What the page of a limit shows of its past: a chart of a chosen window, its highest in words, and a table."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from orders.admin.limit_pictures import percent_text
from orders.admin.limit_words import value_text
from orders.limit_history import History, Window, history_of
from orders.models import Limit
from orders.risk.history_chart import Sample, history_chart, peak_of
from orders.risk.utilisation import MEASURED, is_minimum, tone_of, utilisation_percent
from orders.selectors import market_now

WORDS = {Window.TODAY: "Today", Window.WEEK: "Seven days", Window.MONTH: "Thirty days"}


def utilisation(request: HttpRequest, limit: Limit) -> dict[str, Any] | None:
    """Return what the template orders/limit_utilisation.html needs; None for a limit of which nothing is sampled."""
    if limit.kind not in MEASURED:
        return None
    window = next((each for each in Window if each == request.GET.get("window")), Window.TODAY)
    history = history_of(limit, window, market_now())
    peak = peak_of(limit.kind, history.samples)
    return {
        "windows": [(each, WORDS[each]) for each in Window],
        "window": window,
        "window_words": WORDS[window],
        "history": history,
        "chart": history_chart(limit.kind, history.samples, first=history.first, last=history.last),
        "peak": peak,
        "peak_value": peak and value_text(limit.kind, peak.value, limit.scope),
        "peak_percent": peak and percent_text(peak.percent),
        "rows": list(reversed(_rows(limit.kind, history))),
        "is_cut": history.taken > len(history.samples),
        "is_minimum": is_minimum(limit.kind),
        "interval_s": settings.LIMIT_SAMPLE_INTERVAL_S,
    }


def _rows(kind: str, history: History) -> list[dict[str, Any]]:
    """Return a row for each sample, with the value that the limit had `before` where its terms changed."""
    samples = history.samples
    return [
        {**_row(kind, each), "before": before and before.version != each.version and before.value}
        for before, each in zip((None, *samples), samples, strict=False)
    ]


def _row(kind: str, sample: Sample) -> dict[str, Any]:
    if sample.peak_used is None:
        return {"sample": sample, "percent": "", "tone": ""}
    percent = utilisation_percent(kind, sample.peak_used, sample.value)
    tone = tone_of(percent, sample.warn_at_percent)
    return {"sample": sample, "percent": percent_text(percent), "tone": tone}
