"""Trading states: which instruments, markets and accounts are halted, since when and why; halt and resume them."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from orders import authority, selectors
from orders.admin.granted import GrantedAdmin, held
from orders.authority import Scope
from orders.kernel.admin import ActPage, ChoiceFilter, acting, actor_of, text_field
from orders.kernel.admin.figures import label, moment
from orders.kernel.context import Actor
from orders.models.organisation import AccountState
from orders.models.reference import InstrumentState
from orders.permissions import CHANGE_STATES, VIEW_ORDERS
from orders.services import set_account_state, set_instrument_state, set_market_state

ACTIVE = "active"
PAGES = (("Instruments", "instrument"), ("Markets", "market"), ("Accounts", "account"))


class TradingStateFilter(ChoiceFilter):
    """What is active, and what is not."""

    title = "state"
    parameter_name = column = "state"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(state, state) for state in dict.fromkeys([*InstrumentState, *AccountState])]


class StateForm(forms.Form):
    """Why, and the state that the page said it would lead to, whatever somebody did since it was shown."""

    reason = text_field(
        max_length=200,
        help_text="Shown in this list and kept.",
    )
    state = forms.ChoiceField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, stopped: str, present: str) -> None:
        super().__init__(data, initial={"state": stopped if present == ACTIVE else ACTIVE})
        self.fields["state"].choices = [(stopped, stopped), (ACTIVE, ACTIVE)]  # type: ignore[attr-defined]


class TradingStateAdmin(GrantedAdmin):
    """A list of what has a state. `stopped` is the word for not active, `verb` the one that leads to it."""

    change_list_template = "orders/trading_states.html"
    list_display: tuple[str, ...] = ("name", "state_label", "since", "by", "reason", "act")
    list_filter = (TradingStateFilter,)
    newest_first = False
    permission = VIEW_ORDERS
    search_help_text = "Beginning of the name"
    stopped: ClassVar[str]
    verb: ClassVar[str]
    consequence: ClassVar[str]
    column: ClassVar[str]

    def list_title(self) -> str:
        return "Trading states"

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        found = queryset.filter(**{f"{self.column}__startswith": search_term}) if search_term else queryset
        return found, False

    def enrich(self, rows: list[Any]) -> None:
        changes = selectors.last_state_changes(str(self.opts.model_name), [row.pk for row in rows])
        for row in rows:
            row.last_change = changes.get(row.pk)

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        urls = [(title, reverse(f"admin:orders_{name}_changelist")) for title, name in PAGES]
        return {"pages": urls, "here": self.list_url()}

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Return the columns; the way to change a state only to those who may change some."""
        return [each for each in self.list_display if each != "act" or CHANGE_STATES in held(request)]

    def get_urls(self) -> list[URLPattern]:
        act = self.guarded(acting(self.act_page))
        route = path(self.object_route("state/"), act, name=f"orders_{self.opts.model_name}_state")
        return [*super().get_urls(), route]

    def may_change(self, request: HttpRequest, scope: Scope | None) -> bool:
        """Tell whether the person may change states on the scope, None for everybody's."""
        return authority.may_on(actor_of(request), CHANGE_STATES, scope)

    def set_state(self, actor: Actor, name: str, state: str, reason: str) -> object:
        """Change the state of the row with this name by the service."""
        raise NotImplementedError

    def scope_of(self, row: Any) -> Scope | None:
        """Return whom a change of the row's state concerns: everybody, unless it is an account."""
        return None

    def act_page(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Show the form to change one state, or change it and go back to the list."""
        row = self.row(request, object_id)
        if not self.may_change(request, self.scope_of(row)):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = StateForm(data, stopped=self.stopped, present=row.state)
        stops = form["state"].value() != ACTIVE
        verb = self.verb if stops else "Resume"

        def perform(given: dict[str, Any]) -> str:
            self.set_state(actor_of(request), getattr(row, self.column), given["state"], given["reason"])
            return f"{row} is {given['state']} now."

        context = {
            "row": row,
            "crumbs": [self.crumb()],
            "consequence": self.consequence if stops else "From the next order on it is traded again.",
            "submit": f"{verb} {row}",
            "tone": "danger" if stops else "",
            "history": selectors.state_changes_of(row),
        }
        template = "orders/trading_state.html"
        return ActPage(self, f"{verb} {row}", form, perform, self.list_url(), template, context).answer(
            request
        )

    @display(description="name")
    def name(self, row: Any) -> str:
        return str(row)

    @display(description="state")
    def state_label(self, row: Any) -> str:
        return label(row.state)

    @display(description="since (UTC)")
    def since(self, row: Any) -> str:
        return moment(row.last_change.recorded_at) if row.last_change else ""

    @display(description="by")
    def by(self, row: Any) -> str:
        return row.last_change.changed_by.username if row.last_change else ""

    @display(description="reason")
    def reason(self, row: Any) -> str:
        return row.last_change.reason if row.last_change else ""

    @display(description="change")
    def act(self, row: Any) -> str:
        verb = self.verb if row.state == ACTIVE else "Resume"
        url = reverse(f"admin:orders_{self.opts.model_name}_state", args=[row.pk])
        return format_html('<a class="qt-link" href="{}" aria-label="{} {}">{}</a>', url, verb, row, verb)


class InstrumentAdmin(TradingStateAdmin):
    """Instruments: halted ones are not traded by anybody."""

    empty_text = "No instrument matches."
    keys = ("symbol",)
    column = "symbol"
    search_fields = ("symbol",)
    stopped, verb = "halted", "Halt"
    consequence = (
        "From the next order on every order for it is refused. What is open stays open: cancel it apart."
    )

    def set_state(self, actor: Actor, name: str, state: str, reason: str) -> object:
        return set_instrument_state(actor=actor, symbol=name, state=state, reason=reason)

    def rows(self, request: HttpRequest) -> "QuerySet[Any]":
        return selectors.instruments_for(actor_of(request))


class MarketAdmin(TradingStateAdmin):
    """Markets: for a halted one no order is taken."""

    empty_text = "No market matches: one comes with its first instrument."
    key_converter = "slug"
    keys = ("mic",)
    column = "mic"
    search_fields = ("mic",)
    stopped, verb = "halted", "Halt"
    consequence = (
        "From the next order on every order for its instruments is refused. What is open stays open."
    )

    def set_state(self, actor: Actor, name: str, state: str, reason: str) -> object:
        return set_market_state(actor=actor, mic=name, state=state, reason=reason)

    def rows(self, request: HttpRequest) -> "QuerySet[Any]":
        return selectors.markets_for(actor_of(request))


class AccountAdmin(TradingStateAdmin):
    """Accounts: for a suspended one no order is taken."""

    empty_text = "No account that you may see matches."
    keys = ("code",)
    column = "code"
    search_fields = ("code",)
    stopped, verb = "suspended", "Suspend"
    consequence = (
        "From the next order on every order for it is refused. What is open stays open: cancel it apart."
    )

    def set_state(self, actor: Actor, name: str, state: str, reason: str) -> object:
        return set_account_state(actor=actor, code=name, state=state, reason=reason)

    def rows(self, request: HttpRequest) -> "QuerySet[Any]":
        return selectors.accounts_for(actor_of(request))

    def scope_of(self, row: Any) -> Scope | None:
        return row
