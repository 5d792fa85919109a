"""An order as it was judged, as far as its kept decision tells it, and the ticket that can be made of that. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from orders.risk.figures import Decision, Finding, LimitInForce
from orders.risk.ticket import Ticket
from orders.terms import Side

_ONE = Decimal(1)


class FigureNotKept(LookupError):
    """A limit needs a figure that was not seen when the order was judged."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The prices of an order as it was judged, in the instrument's currency; `stop_price` while it waited for it."""

    limit_price: Decimal | None
    stop_price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOrder:
    """An order as it was judged: the kept decision, and what is known of the terms besides.

    `is_new` tells a new order from new terms of one, `is_limited` whether its type has a limit price. `terms` is None
    where they have changed since.
    """

    decision: Decision
    side: Side
    is_new: bool
    is_limited: bool
    terms: Terms | None = None
    by_kind: Mapping[str, list[Finding]] = field(init=False)

    def __post_init__(self) -> None:
        by_kind: dict[str, list[Finding]] = {}
        for each in self.decision.findings:
            if each.limit is not None:
                by_kind.setdefault(each.check, []).append(each)
        object.__setattr__(self, "by_kind", by_kind)

    def found(self, kind: str, *scope: str) -> Finding | None:
        """Return what was found for a limit of this kind, of this scope's beginning: holder, subject kind, subject."""
        for each in self.by_kind.get(kind, ()):
            limit = each.limit
            if limit and (limit.holder, limit.subject_kind, limit.subject)[: len(scope)] == scope:
                return each
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTicket(Ticket):
    """A ticket whose worth is the one that was kept, not reckoned from its prices."""

    kept_notional: Decimal | None

    @property
    def notional(self) -> Decimal | None:
        return self.kept_notional


def base_ticket(kept: KeptOrder, limits: tuple[LimitInForce, ...]) -> KeptTicket:
    """Return the ticket of an order as it was judged, under `limits`, with nothing that a single limit needs.

    States and steps are those of an order that passes: what was found for them stands, and no check looks at them.
    """
    return KeptTicket(
        side=kept.side,
        quantity=kept.decision.quantity,
        limit_price=None,
        account_is_active=True,
        instrument_is_active=True,
        market_is_active=True,
        tick_size=_ONE,
        lot_size=_ONE,
        limits=limits,
        market=kept.decision.market,
        kept_notional=kept.decision.notional,
    )
