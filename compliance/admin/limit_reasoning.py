"""Why a limit is proposed, or why not: in full sentences with the numbers, and as the reason of the proposal."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from orders.kernel.admin.figures import amount, rounded
from orders.limit_kinds import KINDS, LimitKind
from orders.models import Limit
from orders.risk.chart import CURRENCY
from orders.sizes.days import Span
from orders.sizes.proposal import FEWEST_DAYS, FEWEST_ORDERS, Found, Proposal, Shortage

LONGEST_REASON = 200
WARN_AT_PERCENT = 80
"""Where a limit warns of which nobody said otherwise."""
SHARES = {"0.95": "95th percentile", "0.99": "99th percentile", "1": "largest order"}
_MEASURED = {
    LimitKind.ORDER_QUANTITY: "the quantity",
    LimitKind.ORDER_NOTIONAL: "the notional at worst",
    LimitKind.ORDER_VOLUME_SHARE_BPS: "the share of the average daily volume",
    LimitKind.PRICE_COLLAR_BPS: "how far the limit price was worse than the last price",
}
_ONLY_OF = {
    LimitKind.ORDER_NOTIONAL: " whose worth was known",
    LimitKind.ORDER_VOLUME_SHARE_BPS: " of which a limit measured it",
    LimitKind.PRICE_COLLAR_BPS: " with a limit price of which a collar measured it",
}


@dataclass(frozen=True)
class Reasoned:
    """A proposal of one kind with all that its sentences name. `currency` is the firm's, empty for a trader.

    `holder` is "account ALPHA" or "trader ann"; `limit` the holder's own limit, None where there is none.
    """

    kind: LimitKind
    holder: str
    currency: str
    span: Span
    proposal: Proposal
    limit: Limit | None
    limit_is_in_force: bool

    @property
    def unit(self) -> str:
        """The unit of the kind."""
        unit = KINDS[self.kind].unit
        return self.currency or unit if unit == CURRENCY else unit

    @property
    def warn_at_percent(self) -> int:
        """From which part of its value the proposed limit would warn: as the present one does."""
        return WARN_AT_PERCENT if self.limit is None else self.limit.warn_at_percent

    @property
    def sentences(self) -> list[str]:
        """What led to the value, or why there is none."""
        found = self.proposal.found
        return [*self._history(), *self._present(), *(self._none() if found is None else self._value(found))]

    @property
    def reason(self) -> str:
        """The same for the form: as many of the sentences as a reason has room for, the value first; empty without."""
        told, found = "", self.proposal.found
        for sentence in () if found is None else self._short(found):
            longer = f"{told} {sentence}".strip()
            told = longer if len(longer) <= LONGEST_REASON else told
        return told

    def _history(self) -> Iterator[str]:
        known, days = self.proposal, f"From {self.span.first} to {self.span.last},"
        whose = "for" if self.holder.startswith("account") else "by"
        where = "" if whose == "for" else ", in the accounts of which you see orders and limits"
        yield (
            f"{days} {_orders(known.placed)}{_ONLY_OF.get(self.kind, '')} {_were(known.placed)} placed {whose}"
            f" {self.holder}{where}; {_were(known.admitted, known.admitted)} admitted, on"
            f" {known.days} {'day' if known.days == 1 else 'days'}."
        )
        if known.spread is not None:
            yield (
                f"Of those admitted, {_MEASURED[self.kind]} was {self._in_unit(known.spread.median)} in the median,"
                f" {self._in_unit(known.spread.p99)} at the 99th percentile and {self._in_unit(known.spread.largest)}"
                " at most."
            )

    def _present(self) -> Iterator[str]:
        if self.limit is None:
            yield f"There is no limit of this kind on {self.holder} itself, on anything it trades, that you see."
            return
        did, used = self.proposal.did, self.proposal.most_used
        now = "" if self.limit_is_in_force else ", which is not in force now,"
        most = (
            "none of these orders used any of it"
            if used is None
            else f"an admitted order used {_percent(used.used_percent)} of it at most"
        )
        yield f"The present limit{now} is {self._in_unit(self.limit.value)}; {most}."
        overridden = f"; an override let {_orders(did.overridden)} past it" if did.overridden else ""
        yield (
            f"As it was when each order was placed, it warned of {_orders(did.warned)} and refused"
            f" {_orders(did.refused)}{overridden}."
        )

    def _value(self, found: Found) -> Iterator[str]:
        known, basis = self.proposal, self.proposal.basis
        yield (
            f"The {SHARES[str(basis.share)]}, {self._in_unit(found.at_share)}, times {amount(basis.margin)} is"
            f" {self._in_unit(found.scaled)}."
        )
        if known.allowed is not None:
            told = (
                "the value is not below that" if basis.keeps_allowed else "that is left aside, as you asked"
            )
            yield f"An override expressly allowed an order of {self._in_unit(known.allowed)}: {told}."
        yield (
            f"Rounded up to two significant digits: {self._in_unit(found.value)}. By the check's own comparison this"
            f" would have warned of {_orders(found.would.warned)} (from {self.warn_at_percent} % on) and refused"
            f" {_orders(found.would.refused)} of the {known.placed:,} that were placed."
        )

    def _none(self) -> Iterator[str]:
        known = self.proposal
        if known.shortage == Shortage.TOO_FEW_ORDERS:
            least = f"at least {FEWEST_ORDERS} admitted orders, and there are {known.admitted}"
        elif known.shortage == Shortage.TOO_FEW_DAYS:
            least = f"orders on at least {FEWEST_DAYS} days, and there are {known.days}"
        else:
            yield f"Nothing is proposed: the {SHARES[str(known.basis.share)]} is 0, and no margin makes more of it."
            return
        yield f"Nothing is proposed: that takes {least}."

    def _short(self, found: Found) -> Iterator[str]:
        known, basis = self.proposal, self.proposal.basis
        share = {"0.95": "p95", "0.99": "p99", "1": "Largest"}[str(basis.share)]
        yield (
            f"{share} of {known.admitted:,} orders {self.span.first} to {self.span.last}: {rounded(found.at_share)};"
            f" x {amount(basis.margin)}, rounded up: {amount(found.value)}."
        )
        if found.is_raised:
            yield f"Not below {rounded(known.allowed)}, which an override allowed."
        yield f"Of {known.placed:,} it had warned {found.would.warned:,}, refused {found.would.refused:,}."
        if self.limit is not None:
            yield f"{amount(self.limit.value)} now: {known.did.warned:,}, {known.did.refused:,}."

    def _in_unit(self, value: Decimal | None) -> str:
        return f"{rounded(value)} {self.unit}"


def _orders(number: int) -> str:
    return f"{number:,} order" if number == 1 else f"{number:,} orders"


def _were(number: int, told: int | None = None) -> str:
    verb = "was" if number == 1 else "were"
    return verb if told is None else f"{told:,} {verb}"


def _percent(value: Decimal | None) -> str:
    return f"{rounded(value)} %"
