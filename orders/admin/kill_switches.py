"""Kill switches in the admin: the list, the page of one with its progress and evidence, and the banner."""

import csv
import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from orders import services
from orders.admin.engage_kill_switch import engage_page
from orders.admin.granted import GrantedAdmin, held
from orders.kernel.admin import Banner, ChoiceFilter, acting, actor_of
from orders.kernel.admin.figures import label, moment
from orders.kernel.money import decimal_text
from orders.models import KillSwitch
from orders.permissions import ENGAGE_KILL_SWITCH, VIEW_ORDERS
from orders.risk.kill_switch_evidence import (
    asked_by,
    described,
    figures_of,
    kill_switches_for,
    stopped_order,
)

MOST_ROWS = 200
"""What a person still reads; the downloads have them all."""

MOST_BANNERS = 3
"""More of them would push the page that a person works on out of sight."""


class StateFilter(ChoiceFilter):
    """Switches that stop orders now, or those that were lifted."""

    title = "state"
    parameter_name = "state"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [("engaged", "engaged"), ("lifted", "lifted")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        stands = {"engaged": True, "lifted": False}.get(self.value() or "")
        return queryset if stands is None else queryset.filter(lifted_at__isnull=stands)


class KillSwitchAdmin(GrantedAdmin):
    """Newest first, engaged and lifted. Registered by compliance, by whose approvals one is lifted."""

    change_list_template = "orders/kill_switches.html"
    empty_text = "No kill switch has been engaged."
    list_display: tuple[str, ...] = ("stops", "state", "reason", "by", "engaged_moment", "lifted_moment")
    list_filter = (StateFilter,)
    object_template = "orders/kill_switch.html"
    permission = VIEW_ORDERS
    unmatched_text = "No kill switch is in this state."

    def rows(self, request: HttpRequest) -> "QuerySet[KillSwitch]":
        return kill_switches_for(actor_of(request))

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"may_engage": ENGAGE_KILL_SWITCH in held(request)}

    def object_context(self, request: HttpRequest, row: KillSwitch) -> dict[str, Any]:
        return {"title": f"Kill switch: {row}", **_progress(request, row)}

    def get_urls(self) -> list[URLPattern]:
        below = {
            "progress/": (self.progress, "progress"),
            "evidence.csv": (self.evidence_csv, "csv"),
            "evidence.json": (self.evidence_json, "json"),
        }
        pages = [
            path(self.object_route(route), self.guarded(require_safe(view)), name=f"kill_switch_{name}")
            for route, (view, name) in below.items()
        ]
        engage = path("engage/", self.guarded(acting(self.engage)), name="kill_switch_engage")
        return [engage, *pages, *super().get_urls()]

    def engage(self, request: HttpRequest) -> HttpResponse:
        """Engage a switch."""
        return engage_page(self, request)

    def progress(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Return the fragment that the page of a switch fetches again and again while something moves."""
        context = _progress(request, self.row(request, object_id))
        answer = render(request, "orders/kill_switch_progress.html", context)
        answer["X-Settled"] = "yes" if context["is_settled"] else "no"
        return answer

    def evidence_csv(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Return what became of each order, a line each."""
        switch, actor = self.row(request, object_id), actor_of(request)
        answer = _download(switch, "csv", "text/csv; charset=utf-8")
        orders = [_texts(stopped_order(each)) for each in asked_by(actor, switch)]
        services.record_evidence_export(actor=actor, kill_switch_id=switch.pk, form="csv", orders=len(orders))
        lines = csv.writer(answer)
        if orders:
            lines.writerow(orders[0])
        lines.writerows(order.values() for order in orders)
        return answer

    def evidence_json(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Return the switch, its figures, and what became of each order."""
        switch, actor = self.row(request, object_id), actor_of(request)
        answer = _download(switch, "json", "application/json")
        evidence = {
            **_texts(described(switch)),
            "evidence": _texts(figures_of(actor, switch)),
            "orders": [_texts(stopped_order(each)) for each in asked_by(actor, switch)],
        }
        services.record_evidence_export(
            actor=actor, kill_switch_id=switch.pk, form="json", orders=len(evidence["orders"])
        )
        answer.write(json.dumps(evidence, indent=2))
        return answer

    @display(description="stops")
    def stops(self, row: KillSwitch) -> str:
        page = reverse("admin:orders_killswitch_change", args=[row.pk])
        return format_html('<a class="qt-link" href="{}">{}</a>', page, str(row))

    @display(description="state")
    def state(self, row: KillSwitch) -> str:
        return label("engaged" if row.is_engaged else "lifted")

    @display(description="engaged by")
    def by(self, row: KillSwitch) -> str:
        return row.engaged_by.username

    @display(description="engaged (UTC)")
    def engaged_moment(self, row: KillSwitch) -> str:
        return moment(row.engaged_at)

    @display(description="lifted (UTC)")
    def lifted_moment(self, row: KillSwitch) -> str:
        return moment(row.lifted_at)


def engaged_banners(request: HttpRequest) -> list[Banner]:
    """Say above every page which switches are engaged that the person may see: the newest, and where the others are."""
    engaged = kill_switches_for(actor_of(request)).filter(lifted_at=None)
    switches = list(engaged[: MOST_BANNERS + 1])
    banners = [
        Banner(
            f"Kill switch engaged: {switch}. None of its orders is taken or sent.",
            reverse("admin:orders_killswitch_change", args=[switch.pk]),
        )
        for switch in switches[:MOST_BANNERS]
    ]
    if len(switches) > MOST_BANNERS:
        others = f"{reverse('admin:orders_killswitch_changelist')}?state=engaged"
        banners.append(Banner("More kill switches are engaged: see all of them.", others))
    return banners


def _progress(request: HttpRequest, switch: KillSwitch) -> dict[str, Any]:
    figures = figures_of(actor_of(request), switch)
    orders = asked_by(actor_of(request), switch).order_by("ended_at", "id")
    rows = list(orders.reverse()[: MOST_ROWS + 1])
    return {
        "row": switch,
        "figures": figures,
        "ended": figures["confirmed"] + figures["filled"],
        "swept_after_s": _seconds(switch.engaged_at, switch.swept_at),
        "ended_after_s": _seconds(switch.engaged_at, figures["last_ended_at"]),
        "is_settled": switch.swept_at is not None and figures["still_open"] == 0,
        "orders": [stopped_order(each) for each in rows[:MOST_ROWS]],
        "cut": len(rows) > MOST_ROWS,
    }


def _seconds(since: datetime, until: datetime | None) -> float | None:
    return None if until is None else (until - since).total_seconds()


def _download(switch: KillSwitch, kind: str, content_type: str) -> HttpResponse:
    name = f"kill-switch-{switch.pk}.{kind}"
    return HttpResponse(
        content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values as a file has them: decimals in plain digits, times in RFC 3339."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
