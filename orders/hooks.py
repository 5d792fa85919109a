"""What stands above orders and must still be heard. Filled by the wiring once, then sealed.

Before the seal every writing service raises, so no process can place an order unaudited.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from orders.kernel.events import Event, Subscriptions
from orders.terms import Side

if TYPE_CHECKING:
    from orders.commands import PlaceOrder
    from orders.kernel.context import Actor
    from orders.models import Instrument, Order
    from orders.risk.checks import Check
    from orders.risk.figures import MarketFigures


class HooksNotSealed(RuntimeError):
    """A service was called in a process whose wiring has not been done."""


class HooksSealed(RuntimeError):
    """Somebody tried to change the wiring of a running process."""


class InstructionValidator(Protocol):
    """Validates an order's algorithm instruction inside admission."""

    def __call__(
        self,
        *,
        name: str | None,
        parameters: Mapping[str, Any],
        command: "PlaceOrder",
        quantity: Decimal,
        instrument: "Instrument",
        market_time: datetime,
    ) -> dict[str, Any]:
        """Return the instruction as it is kept; raise InvalidInput or Refused pointing into the request.

        `quantity` is what the order comes to in units of the instrument.
        """


class DescribedAlgorithm(Protocol):
    """An algorithm that a new order may name: its name, a sentence, and the JSON Schema of its parameters."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def parameters_schema(self) -> Mapping[str, Any]: ...


class Algorithms(Protocol):
    """Tells which algorithms a new order may name."""

    def __call__(self) -> Sequence[DescribedAlgorithm]:
        """Return their newest versions, by name."""


class MarketFiguresReader(Protocol):
    """Tells what is known of an instrument's market, by one query of what is wanted."""

    def __call__(
        self,
        *,
        instrument_id: UUID,
        mic: str,
        market_time: datetime,
        wanted: frozenset[str] = frozenset(),
        effective_at: datetime | None = None,
    ) -> "MarketFigures":
        """Return the `wanted` figures (names of MarketFigures) known at `market_time`, and always `last`.

        `mic` is the market of the instrument, `effective_at` before when nothing of the order works. Raises
        MarketWithoutCalendar where a figure needs its sessions.
        """


@dataclass(frozen=True, slots=True)
class LastPrice:
    """A price in the instrument's currency, and until when (market time) it was made."""

    price: Decimal
    market_time: datetime


class LastPrices(Protocol):
    """Tells the last prices of many instruments by one query."""

    def __call__(self, *, instrument_ids: Iterable[UUID], market_time: datetime) -> dict[UUID, LastPrice]:
        """Return the last price known at `market_time` of each instrument that has one."""


class RequireApproval(Protocol):
    """Uses up the approval that a change needs."""

    def __call__(self, *, approval_id: UUID, action: str, payload_digest: str) -> None:
        """Raise unless this approval was given for exactly this payload, is not expired and not used."""


class PersonsCounted(Protocol):
    """Tells as which natural persons somebody counts where two have to agree."""

    def __call__(self, user_id: UUID, at: datetime) -> list[UUID]:
        """Return them at the moment (recorded time): the person, and all for whom they stand in."""


class Margin(Protocol):
    """Tells the margin, as a value at risk, that an order's holder would need with it: a model of the firm's own."""

    def __call__(
        self,
        *,
        holder_kind: str,
        account_id: UUID,
        instrument_id: UUID,
        side: Side,
        quantity: Decimal,
        notional: Decimal,
    ) -> Decimal | None:
        """Return it in the firm's currency, None where the model cannot say, which refuses the order.

        `holder_kind` (account, desk, firm) says whose: the account's, or that of the desk or firm it belongs to. The
        order adds `quantity` units and `notional` (firm currency). Called under the locks of admission: it is quick.
        """


@dataclass(frozen=True)
class OrderPanel:
    """A tab of an order's admin page, fetched as a fragment. `permission` is one of the vocabulary."""

    name: str
    title: str
    permission: str
    render: "Callable[[Actor, Order], str]"


@dataclass(frozen=True)
class PreviewPart:
    """What the preview of an order shows below risk's decision: a fragment of HTML, escaped by its own template.

    `render` is called for who may place the order, and raises nothing but DomainError; "" shows nothing.
    """

    name: str
    render: "Callable[[Actor, PlaceOrder], str]"


def _not_wired(*_args: Any, **_kwargs: Any) -> Any:
    raise HooksNotSealed("this process has no wiring (qtweb/wiring.py)")


@dataclass
class Hooks:
    """The registries. Names as in the wiring."""

    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    pre_trade_checks: "Sequence[Check]" = ()
    exposure_checks: "Sequence[Check]" = ()
    order_panels: list[OrderPanel] = field(default_factory=list)
    preview_parts: list[PreviewPart] = field(default_factory=list)
    instruction_validator: InstructionValidator = _not_wired
    algorithms: Algorithms = _not_wired
    market_figures: MarketFiguresReader = _not_wired
    last_prices: LastPrices = _not_wired
    require_approval: RequireApproval = _not_wired
    persons_counted: PersonsCounted = _not_wired
    margin: Margin = _not_wired
    sealed: bool = False

    def fill(
        self,
        *,
        pre_trade_checks: "Sequence[Check]",
        exposure_checks: "Sequence[Check]",
        order_panels: list[OrderPanel],
        preview_parts: list[PreviewPart],
        instruction_validator: InstructionValidator,
        algorithms: Algorithms,
        market_figures: MarketFiguresReader,
        last_prices: LastPrices,
        require_approval: RequireApproval,
        persons_counted: PersonsCounted,
        margin: Margin,
    ) -> None:
        """Set every registry and seal them. Raises HooksSealed the second time."""
        if self.sealed:
            raise HooksSealed("the wiring is done once")
        self.pre_trade_checks = tuple(pre_trade_checks)
        self.exposure_checks = tuple(exposure_checks)
        self.order_panels = list(order_panels)
        self.preview_parts = list(preview_parts)
        self.instruction_validator = instruction_validator
        self.algorithms = algorithms
        self.market_figures = market_figures
        self.last_prices = last_prices
        self.require_approval = require_approval
        self.persons_counted = persons_counted
        self.margin = margin
        self.sealed = True

    def require_sealed(self) -> None:
        """Raise HooksNotSealed unless the wiring is done."""
        if not self.sealed:
            raise HooksNotSealed("services write only in a process whose wiring (qtweb/wiring.py) is done")


hooks = Hooks()


def publish(event: Event) -> None:
    """Tell every handler of the event, at once and inside the current transaction. Handlers may raise."""
    hooks.require_sealed()
    for handler in hooks.subscriptions.handlers_of(type(event)):
        handler(event)


def publish_all(events: Sequence[Event]) -> None:
    """Tell every handler of these events of one class, as `publish` does: each handler of all before the next one."""
    hooks.require_sealed()
    if events:
        for handler in hooks.subscriptions.handlers_of_many(type(events[0])):
            handler(events)
