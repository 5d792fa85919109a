"""The universe as data: a firm, two desks, five accounts with limits, eight instruments, rates, ten logins.

ISINs, markets and ticks are the true ones; firm, desks, accounts and people are made up. Pure.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from execution.commands import RegisterVenue
from orders.currencies.rates import Rate

FIRM, CURRENCY = "HARBOUR", "USD"
CASH_DESK, PROGRAM_DESK = "EQ-CASH", "EQ-PROGRAM"
ACCOUNTS = {
    CASH_DESK: ("GROWTH", "INCOME", "EUROPE"),
    PROGRAM_DESK: ("INDEX", "PENSION"),
}
"""Account codes by desk."""

CURRENCIES = {"EUROPE": "EUR"}
"""The accounts that are not kept in the firm's currency."""

RATES = (
    Rate("EUR", "USD", Decimal("1.08"), datetime(2000, 1, 1, tzinfo=UTC), "made up, near early 2024"),
    Rate("GBP", "USD", Decimal("1.27"), datetime(2000, 1, 1, tzinfo=UTC), "made up, near early 2024"),
)
"""Exchange rates that hold on every day that is replayed, and say so."""

LIMITS = {
    "order_quantity": Decimal(150_000),
    "order_notional": Decimal(100_000_000),
    "price_collar_bps": Decimal(500),
    "position_quantity": Decimal(300_000),
}
"""Every account's limits, in the unit of their names (LimitKind): room for 100,000 shares, none for a million."""


DESK_LIMITS = {"gross_notional": Decimal(250_000_000)}
FIRM_LIMITS = {
    "gross_notional": Decimal(400_000_000),
    "net_notional": Decimal(300_000_000),
    "messages_per_second": Decimal(100),
}
"""What desks and the firm are held to together, beside their accounts."""


@dataclass(frozen=True, slots=True)
class Listing:
    """An instrument on its market. `tick_size` in `currency` per share, `lot_size` in shares.

    `open_price` and `day_volume` (shares) are where the generator of a made-up day begins: near the real ones of
    early 2024, nothing more.
    """

    symbol: str
    isin: str
    mic: str
    open_price: Decimal
    day_volume: int
    currency: str = "USD"
    tick_size: Decimal = Decimal("0.01")
    lot_size: Decimal = Decimal(1)


LISTINGS = (
    Listing("AAPL", "US0378331005", "XNAS", Decimal("176.15"), 55_000_000),
    Listing("AIG", "US0268747849", "XNYS", Decimal("73.20"), 4_000_000),
    Listing("BAC", "US0605051046", "XNYS", Decimal("34.80"), 38_000_000),
    Listing("IBM", "US4592001014", "XNYS", Decimal("189.15"), 4_500_000),
    Listing("JPM", "US46625H1005", "XNYS", Decimal("185.40"), 9_000_000),
    Listing("MSFT", "US5949181045", "XNAS", Decimal("413.45"), 20_000_000),
    Listing("SPY", "US78462F1030", "ARCX", Decimal("512.05"), 65_000_000),
    Listing("XOM", "US30231G1022", "XNYS", Decimal("105.50"), 17_000_000),
)


VENUES = (
    RegisterVenue(code="SIM", name="Simulated venue"),
    RegisterVenue(code="MTF", name="Simulated alternative venue", calendar="XNYS"),
)
"""Those that the Procfile runs."""


@dataclass(frozen=True, slots=True)
class Person:
    """A login: `role` (compliance's name of it) is held on the desk, or on the firm where `desk` is None."""

    username: str
    role: str
    desk: str | None
    worth_looking_at: str


CASH_TRADER, PROGRAM_TRADER = "trader.cash", "trader.program"
AUDITOR, RISK_OFFICER = "auditor", "risk"
PORTFOLIO_MANAGER, DATA_PROTECTION_OFFICER, API_CLIENT = "pm.growth", "privacy", "program.index"
COMPLIANCE_OFFICER, OPERATOR = "compliance", "operator"

TRADING_ROLES = frozenset({"trader", "desk_head", "portfolio_manager", "api_client"})
PROGRAMS = frozenset({"api_client"})
"""Roles of logins that do not enter the admin site."""

PEOPLE = (
    Person(CASH_TRADER, "trader", CASH_DESK, "orders of GROWTH and INCOME; amend and cancel with a reason"),
    Person(
        PROGRAM_TRADER, "trader", PROGRAM_DESK, "the same for INDEX and PENSION: nothing of the other desk"
    ),
    Person("head.cash", "desk_head", CASH_DESK, "orders and positions of the desk; propose a higher limit"),
    Person(RISK_OFFICER, "risk_officer", None, "limits of all accounts; approve what the desk head proposed"),
    Person(
        COMPLIANCE_OFFICER,
        "compliance_officer",
        None,
        "all orders, each with its trail; approve a routing rule",
    ),
    Person(AUDITOR, "auditor", None, "the audit log and its verification; changes nothing"),
    Person(
        PORTFOLIO_MANAGER,
        "portfolio_manager",
        CASH_DESK,
        "orders of the desk's accounts; places and amends them",
    ),
    Person(
        DATA_PROTECTION_OFFICER, "data_protection_officer", None, "the audit log: who read and changed what"
    ),
    Person(
        API_CLIENT,
        "api_client",
        PROGRAM_DESK,
        "no admin site: make create_token, and place orders by the API",
    ),
    Person(OPERATOR, "operator", None, "venue orders, reports and dead letters; propose a routing rule"),
)
