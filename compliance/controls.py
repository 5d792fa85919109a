"""Which control the regulations demand, in a sentence of our own, and which denials answer for it. Pure.

Sources: Commission Delegated Regulation (EU) 2017/589 (RTS 6), Art. 12 and 15; 17 CFR 240.15c3-5 (b) to (e).
`manage.py control_map` prints it as docs/controls.md, the page Controls of the admin shows it with the limits that are
in force. What no check does stands in `means`, what the house leaves to the firm in `left`.
"""

from dataclasses import dataclass

RTS_6 = "RTS 6"
SEC_15C3_5 = "SEC 15c3-5"
REGULATIONS = {
    RTS_6: "Commission Delegated Regulation (EU) 2017/589 (RTS 6)",
    SEC_15C3_5: "SEC Rule 15c3-5, 17 CFR 240.15c3-5 (Market Access Rule)",
}

_COLLARS = ("RISK_PRICE_COLLAR", "RISK_MID_COLLAR", "RISK_CLOSE_COLLAR", "RISK_WINDOW_COLLAR")
_RATES = ("RISK_ORDER_RATE", "RISK_MESSAGE_RATE")
_EXPOSURE = ("RISK_POSITION_LIMIT", "RISK_GROSS_LIMIT", "RISK_NET_LIMIT", "RISK_CONCENTRATION")
_CREDIT = ("RISK_CREDIT_LIMIT", "RISK_CASH")
_MARKET_RISK = ("RISK_DAY_LOSS", "RISK_MARGIN", "RISK_MARGIN_UNKNOWN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What one paragraph demands. `denials` are the codes of the checks that refuse an order for it."""

    regulation: str
    paragraph: str
    demand: str
    denials: tuple[str, ...] = ()
    means: str = ""
    left: str = ""


CONTROLS = (
    Control(
        regulation=RTS_6,
        paragraph="Art. 12(1)",
        demand="Cancel at once, as an emergency measure, any or all unexecuted orders at any or all venues.",
        denials=("RISK_KILL_SWITCH",),
        means="The kill switch refuses what comes in, requests the cancel of what is open and sends mass cancels.",
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 12(2)",
        demand="Reach with it the orders of individual traders, desks and clients.",
        denials=("RISK_KILL_SWITCH",),
        means="A switch is engaged for a firm, desk, account, trader, algorithm or instrument.",
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 12(3)",
        demand="Know for every order at a venue which algorithm and which trader, desk or client is responsible.",
        means="An order names its account (so its desk and firm), who placed it and its algorithm with version; "
        "each order at a venue leads to it.",
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(1)(a)",
        demand="Price collars block orders outside set prices, by instrument, per order and over a period of time.",
        denials=(*_COLLARS, "RISK_NO_REFERENCE_PRICE"),
        means="Over time: the collar against the volume-weighted price of the last five minutes.",
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(1)(b)",
        demand="Maximum order values keep uncommonly large values out of the book.",
        denials=("RISK_ORDER_NOTIONAL", "RISK_NO_EXCHANGE_RATE", "RISK_TOO_LARGE_TO_COUNT"),
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(1)(c)",
        demand="Maximum order volumes keep uncommonly large sizes out of the book.",
        denials=("RISK_ORDER_QUANTITY", "RISK_VOLUME_SHARE"),
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(1)(d)",
        demand="Maximum message limits bound how many orders, changes and cancels are sent.",
        denials=_RATES,
        means="A cancel counts as a message and is never refused.",
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(2)",
        demand="Every order sent counts towards the limits immediately.",
        denials=(*_RATES, *_EXPOSURE),
        means="Orders and messages are counted and exposure is reserved in the transaction that admits the order, "
        "under the lock of what counts it.",
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(3)",
        demand="After a set number of repeated executions an algorithm stops until a designated person re-enables it.",
        denials=("RISK_THROTTLED",),
        means="A throttle is reset by a person with the permission to, with a reason, on the record.",
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(4)",
        demand="Market and credit risk limits follow from the firm's capital, and adapt to prices and liquidity.",
        denials=(*_EXPOSURE, *_CREDIT, *_MARKET_RISK, "RISK_VOLUME_SHARE"),
        means="Notionals are taken at the last prices and rates, the share of volume at the last twenty days'.",
        left="Which values the firm's capital, clearing and experience justify. No value-at-risk model is there: "
        "a margin limit refuses until one is wired.",
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(5), first sentence",
        demand="Block the orders of a trader who has no permission for the instrument.",
        denials=("RISK_NOT_PERMITTED",),
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(5), second and third sentence",
        demand="Block what endangers the firm's own thresholds, by client, instrument, trader, desk or firm.",
        denials=(*_EXPOSURE, *_CREDIT, *_MARKET_RISK, "RISK_LIMIT_MISSING", "RISK_ACCOUNT_SUSPENDED"),
        means="Exposure is limited by account, desk and firm, of everything or of one instrument.",
        left="What a trader has over all accounts is not counted: a trader is limited in size, price and rate of "
        "orders.",
    ),
    Control(
        regulation=RTS_6,
        paragraph="Art. 15(6)",
        demand="A blocked order is let through for that trade only and for a time, verified by risk management and "
        "authorised by a designated individual.",
        means="An override frees one refused order from the named codes, once, for eight hours at most; it is granted "
        "by another person than the trader, with a reason.",
        left="Who in risk management may grant one: a role that the firm gives. Whoever verifies also authorises.",
    ),
    Control(
        regulation=SEC_15C3_5,
        paragraph="(b)",
        demand="Establish, document and maintain the controls, and keep their description.",
        means="This map and the limits' history; every decision is kept with what it saw and the limits' versions.",
        left="Written supervisory procedures, and their retention under 17a-4(e)(7).",
    ),
    Control(
        regulation=SEC_15C3_5,
        paragraph="(c)(1)(i)",
        demand="Reject orders above credit or capital thresholds, in the aggregate for each customer and for the firm, "
        "finer where appropriate.",
        denials=(*_CREDIT, *_EXPOSURE, *_MARKET_RISK, "RISK_LIMIT_MISSING", "RISK_NO_EXCHANGE_RATE"),
        means="Open orders count at their worst, before anything is executed.",
    ),
    Control(
        regulation=SEC_15C3_5,
        paragraph="(c)(1)(ii)",
        demand="Reject erroneous orders: by price or size, per order or over a short time, and duplicates.",
        denials=(
            *_COLLARS,
            "RISK_NO_REFERENCE_PRICE",
            "RISK_PRICE_OFF_TICK",
            "RISK_QUANTITY_OFF_LOT",
            "RISK_ORDER_QUANTITY",
            "RISK_ORDER_MINIMUM",
            "RISK_ORDER_NOTIONAL",
            "RISK_TOO_LARGE_TO_COUNT",
            "RISK_VOLUME_SHARE",
            "RISK_DUPLICATE_ORDER",
            *_RATES,
            "RISK_THROTTLED",
        ),
    ),
    Control(
        regulation=SEC_15C3_5,
        paragraph="(c)(2)(i)",
        demand="Let no order in before the rules that must be met on entry are met: halts, sessions, short sales.",
        denials=(
            "RISK_INSTRUMENT_HALTED",
            "RISK_MARKET_HALTED",
            "RISK_SESSION_CLOSED",
            "RISK_SHORT_WITHOUT_LOCATE",
            "RISK_SELF_TRADE",
        ),
        means="Where short sales are limited, a sale beyond the position needs a located quantity (Regulation SHO, "
        "17 CFR 242.203(b)(1)).",
        left="Marking a sale long, short or short exempt (242.200(g)), and the rules of each exchange.",
    ),
    Control(
        regulation=SEC_15C3_5,
        paragraph="(c)(2)(ii)",
        demand="Let no order in for a security that the firm, the customer or the person is restricted from trading.",
        denials=("RISK_RESTRICTED", "RISK_NOT_PERMITTED"),
    ),
    Control(
        regulation=SEC_15C3_5,
        paragraph="(c)(2)(iii)",
        demand="Only persons and accounts that the firm has approved reach the systems that trade.",
        denials=("RISK_NOT_PERMITTED", "RISK_ACCOUNT_SUSPENDED"),
        means="Sign-in or token, and a grant of place_orders on the account; without one the account is hidden.",
    ),
    Control(
        regulation=SEC_15C3_5,
        paragraph="(c)(2)(iv)",
        demand="Surveillance staff receive immediate reports of executions.",
        means="An execution is in the audit log and on the order's page with the transaction that books it.",
        left="Nobody is notified: staff have to look.",
    ),
    Control(
        regulation=SEC_15C3_5,
        paragraph="(d)",
        demand="The controls are under the direct and exclusive control of the firm.",
        means="Checks run in the admission of every door and have no switch; limits change by two persons with grants.",
        left="Contracts that allocate control of (c)(2) to a customer that is a broker-dealer.",
    ),
    Control(
        regulation=SEC_15C3_5,
        paragraph="(e)",
        demand="Review the effectiveness at least annually; the chief executive certifies.",
        means="The page Controls and the audit log are evidence for it.",
        left="The review, its record, and the certificate.",
    ),
)


def demanded_by(code: str) -> list[str]:
    """Return the paragraphs that demand the check with this denial code, regulation first."""
    return [f"{each.regulation} {each.paragraph}" for each in CONTROLS if code in each.denials]


def mapped_codes() -> frozenset[str]:
    """Return every denial code that answers for a control."""
    return frozenset(code for each in CONTROLS for code in each.denials)
