"""What holds for an order when it arrives: its listing, its session, its fill model, and when it takes effect."""

from dataclasses import dataclass
from datetime import datetime

from execution.market_data.bars import BAR_LENGTH
from execution.session import XNYS, Session, current_or_next_session
from execution.venues.protocol import NewOrder, Reason, VenueOrderState
from execution.venues.simulated import bar_model, tick_model
from execution.venues.simulated.conditions import Conditions
from execution.venues.simulated.market import Listing, Market
from execution.venues.simulated.rows import StoredOrder
from execution.venues.simulated.store import Store
from execution.venues.simulated.tick_store import TickStore
from orders.terms import TimeInForce


@dataclass(frozen=True, slots=True)
class Setting:
    """What a symbol's orders find at a moment; `listing` is None for what does not trade here."""

    listing: Listing | None
    session: Session
    model: str


def setting_of(market: Market, symbol: str, now: datetime) -> Setting:
    """Ask the market's sources. The model is `tick` only where ticks are loaded for the symbol's session."""
    listing = market.listing(symbol)
    session = current_or_next_session(now, XNYS if listing is None else listing.mic)
    has_ticks = listing is not None and market.ticks is not None and market.ticks.has_session(symbol, session)
    return Setting(listing, session, tick_model.MODEL if has_ticks else bar_model.MODEL)


class Arrivals:
    """Judges orders as they arrive, inside the caller's transaction."""

    def __init__(self, store: Store, conditions: Conditions) -> None:
        self._store = store
        self._tick_store = TickStore(store)
        self._conditions = conditions

    def arrival(self, request: NewOrder, setting: Setting, now: datetime) -> StoredOrder:
        """The order as it is to be kept: new, or rejected with its reason."""
        effective_at = self._effective_at(request, setting, now)
        reason = self._refusal(request, setting, now, effective_at)
        listing, session = setting.listing, setting.session
        return StoredOrder(
            request=request,
            arrived_at=now,
            effective_at=effective_at,
            session_open=session.open,
            session_close=session.close,
            tick_size=None if listing is None else listing.tick_size,
            lot_size=None if listing is None else listing.lot_size,
            state=VenueOrderState.NEW if reason is None else VenueOrderState.REJECTED,
            model=setting.model,
            reason=None if reason is None else reason.value,
        )

    def _effective_at(self, request: NewOrder, setting: Setting, now: datetime) -> datetime:
        """Its arrival and the venue's latency, and under the tick model no moment that is worked already."""
        effective_at = now + self._conditions.latency(request.client_order_id)
        if setting.model == bar_model.MODEL:
            return effective_at
        return max(effective_at, self._tick_store.worked_to(request.symbol) or effective_at)

    def _refusal(
        self, request: NewOrder, setting: Setting, now: datetime, effective_at: datetime
    ) -> Reason | None:
        if self._store.is_voided(request.client_order_id):
            return Reason.VOIDED
        if (reason := _misfit(request, setting.listing)) is not None:
            return reason
        if self._is_worked(request.symbol, setting.model, now):
            return Reason.MARKET_TIME_WENT_BACK
        if request.time_in_force is TimeInForce.OPG and effective_at >= setting.session.open:
            return Reason.OPENING_AUCTION_OVER
        return Reason.VENUE_ERROR if self._conditions.refuses(request.client_order_id) else None

    def _is_worked(self, symbol: str, model: str, now: datetime) -> bool:
        """Whether what the order could fill from is worked already: it would hang for ever, or until time comes back.

        A step back of less than a minute, as a change of the clock's speed may bring, delays the effect of an order
        under the tick model and refuses none.
        """
        if model == bar_model.MODEL:
            worked_through = self._store.worked_through(symbol)
            return worked_through is not None and now <= worked_through
        worked_to = self._tick_store.worked_to(symbol)
        return worked_to is not None and now + BAR_LENGTH <= worked_to


def _misfit(request: NewOrder, listing: Listing | None) -> Reason | None:
    if listing is None:
        return Reason.UNKNOWN_SYMBOL
    quantities = (request.quantity, request.display_quantity, request.minimum_quantity)
    if any(quantity is not None and quantity % listing.lot_size != 0 for quantity in quantities):
        return Reason.LOT_SIZE
    if request.limit_price is not None and request.limit_price % listing.tick_size != 0:
        return Reason.TICK_SIZE
    return None
