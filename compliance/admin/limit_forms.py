"""The forms by which a person asks for a limit, for other terms of one, or for its end."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from orders.kernel.admin import text_field
from orders.kernel.context import Actor
from orders.kernel.moments import moment_text
from orders.kernel.money import decimal_text
from orders.limit_kinds import ASSET_CLASS, INSTRUMENT, KINDS, LimitKind
from orders.limit_reads import proposable_holders
from orders.models import Limit
from orders.models.reference import AssetClass


def _reason(
    help_text: str = "The person who decides reads this; it is kept with the limit's history.",
) -> forms.CharField:
    return text_field(max_length=200, help_text=help_text)


class TermsForm(forms.Form):
    """Value, warning and dates. What is a rule or a right has neither value nor warning."""

    value = text_field(max_length=21)
    warn_at_percent = forms.IntegerField(
        min_value=1,
        max_value=100,
        initial=80,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric", "autocomplete": "off"}),
        label="Warns from, percent",
        help_text="From this part of the value on an order is admitted with a warning.",
    )
    effective_from = text_field(
        required=False, max_length=32, help_text="Market time, UTC: 2026-11-24 14:30. Empty: at once."
    )
    effective_until = text_field(
        required=False, max_length=32, help_text="Market time, UTC. Empty: until it is ended."
    )
    reason = _reason()

    def __init__(self, data: Any, *, kind: LimitKind, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self._fixed = KINDS[kind].fixed_value
        if self._fixed is not None:
            del self.fields["value"], self.fields["warn_at_percent"]
            return
        self.fields["value"].help_text = f"In {KINDS[kind].unit}."

    def clean_effective_from(self) -> str | None:
        """Return it as RFC 3339."""
        return moment_of(self.cleaned_data["effective_from"])

    def clean_effective_until(self) -> str | None:
        """Return it as RFC 3339."""
        return moment_of(self.cleaned_data["effective_until"])

    def command(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what the command says of it."""
        return dict(given)


class ChangeForm(TermsForm):
    """The terms as they should be, and the version of those that the person looked at; `asked` fills some in."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, limit: Limit, asked: dict[str, str]) -> None:
        initial = {
            "value": decimal_text(limit.value),
            "warn_at_percent": limit.warn_at_percent,
            "effective_from": _shown(limit.effective_from),
            "effective_until": _shown(limit.effective_until),
            **asked,
            "version": limit.version,
        }
        super().__init__(data, kind=LimitKind(limit.kind), initial=initial)


class NewForm(TermsForm):
    """Whom it is for, what it is about, and its terms; `asked` fills some in.

    Only the holders are offered for which the person may ask.
    """

    holder = forms.ChoiceField(widget=UnfoldAdminSelectWidget, label="For", required=False)
    symbol = text_field(
        required=False, max_length=32, label="Instrument", help_text="Its symbol. Empty: any instrument."
    )
    asset_class = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget,
        required=False,
        choices=[("", "any"), *((each.value, each.value) for each in AssetClass)],
        help_text="Instead of an instrument.",
    )
    field_order = ("holder", "symbol", "asset_class", "value", "warn_at_percent")

    def __init__(self, data: Any, *, actor: Actor, kind: LimitKind, asked: dict[str, str]) -> None:
        super().__init__(data, kind=kind, initial=asked)
        holders, subjects = KINDS[kind].holders, KINDS[kind].subjects
        self.fields["holder"].choices = proposable_holders(actor, holders)  # type: ignore[attr-defined]
        self.fields["holder"].required = "" not in holders
        if "" not in subjects:
            self.fields["symbol"].help_text = "Its symbol."
            self.fields["symbol"].required = subjects == (INSTRUMENT,)
        if INSTRUMENT not in subjects:
            del self.fields["symbol"]
        if ASSET_CLASS not in subjects:
            del self.fields["asset_class"]

    def command(self, given: dict[str, Any]) -> dict[str, Any]:
        holder, _, name = given["holder"].partition(" ")
        terms = {key: value for key, value in given.items() if key != "holder" and value not in ("", None)}
        if self._fixed is not None:
            terms["value"] = str(self._fixed)
        return {**terms, holder: name} if name else terms


class EndForm(forms.Form):
    """Why."""

    reason = _reason()


class ResetForm(forms.Form):
    """Why it may go on."""

    reason = _reason("Kept with the limit and shown on its page.")


def _shown(moment: datetime | None) -> str:
    return "" if moment is None else moment_text(moment)


def moment_of(text: str) -> str | None:
    """Return a moment as RFC 3339: without an offset it is UTC. Raises forms.ValidationError."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise forms.ValidationError("must be a date and time, for example 2026-11-24 14:30") from error
