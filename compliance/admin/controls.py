"""The page Controls: what the regulations demand, which checks answer for it, and how far their limits reach now."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from compliance.controls import CONTROLS, REGULATIONS, Control, demanded_by, mapped_codes
from orders.admin.granted import held
from orders.coverage import Coverage, limit_coverage
from orders.kernel.admin import actor_of, site
from orders.limit_kinds import KINDS, LimitKind, kinds_of
from orders.permissions import VIEW_LIMITS

MOST_ACCOUNTS = 5
"""How many accounts without a limit are named; the rest is counted."""


@dataclass(frozen=True)
class Reach:
    """How far the limits of one kind reach."""

    kind: LimitKind
    coverage: Coverage

    @property
    def words(self) -> str:
        """What the kind is called."""
        return KINDS[self.kind].words

    @property
    def is_list(self) -> bool:
        """Whether such limits list exceptions: then none at all may be as it should be, and no account lacks one."""
        return KINDS[self.kind].fixed_value is not None

    @property
    def is_absent(self) -> bool:
        """Whether none is in force that should be."""
        return not self.coverage.limits and not self.is_list

    @property
    def without(self) -> tuple[str, ...]:
        """The accounts without such a limit, as many as are named."""
        return () if self.is_list else self.coverage.accounts_without[:MOST_ACCOUNTS]

    @property
    def more(self) -> int:
        """How many accounts without such a limit are not named."""
        return max(len(self.coverage.accounts_without) - MOST_ACCOUNTS, 0) if self.without else 0


@dataclass(frozen=True)
class Answering:
    """A check by its denial code, with the limits that it reads: none where it holds always."""

    code: str
    reaches: tuple[Reach, ...]
    demanded_by: tuple[str, ...]

    @property
    def is_gap(self) -> bool:
        """Whether none of its limits is in force."""
        return bool(self.reaches) and all(each.is_absent for each in self.reaches)


@dataclass(frozen=True)
class Answered:
    """A control with the checks that answer for it."""

    control: Control
    checks: tuple[Answering, ...]

    @property
    def gaps(self) -> tuple[Answering, ...]:
        """The checks of which no limit is in force."""
        return tuple(each for each in self.checks if each.is_gap)


@require_safe
def controls_page(request: HttpRequest) -> HttpResponse:
    """Show the map, to who may see limits somewhere."""
    if VIEW_LIMITS not in held(request):
        raise PermissionDenied
    checks = _checks(limit_coverage(actor_of(request)))
    request.current_app = site.name
    context = {
        **site.each_context(request),
        "title": "Controls",
        "checks": list(checks.values()),
        "regulations": [
            (title, [_answered(each, checks) for each in CONTROLS if each.regulation == regulation])
            for regulation, title in REGULATIONS.items()
        ],
    }
    return TemplateResponse(request, "compliance/controls.html", context)


def _checks(coverage: Mapping[LimitKind, Coverage]) -> dict[str, Answering]:
    return {
        code: Answering(
            code, tuple(Reach(kind, coverage[kind]) for kind in kinds_of(code)), tuple(demanded_by(code))
        )
        for code in sorted(mapped_codes())
    }


def _answered(control: Control, checks: Mapping[str, Answering]) -> Answered:
    return Answered(control, tuple(checks[code] for code in control.denials))
