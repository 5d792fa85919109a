"""Which limits hold down the size of an order and which its price, and where kept decisions tell what they measured.

Pure: paths into what orders/risk/kept.py writes.
"""

from collections.abc import Iterable

from orders.limit_kinds import LimitKind

SIZE_KINDS = (LimitKind.ORDER_QUANTITY, LimitKind.ORDER_NOTIONAL, LimitKind.ORDER_VOLUME_SHARE_BPS)
PRICE_KINDS = (
    LimitKind.PRICE_COLLAR_BPS,
    LimitKind.MID_COLLAR_BPS,
    LimitKind.CLOSE_COLLAR_BPS,
    LimitKind.WINDOW_COLLAR_BPS,
)


def found(outcome: str, kinds: Iterable[LimitKind]) -> str:
    """Return the SQL/JSON path of the findings with this outcome about one of `kinds`.

    Only where something was measured: an order that is refused because no volume is known is not too large.
    """
    checks = " || ".join(f'@.check == "{kind}"' for kind in kinds)
    return f'$[*] ? (exists(@.with_order) && @.outcome == "{outcome}" && ({checks}))'


def measured(kind: LimitKind) -> str:
    """Return the SQL/JSON path of what limits of `kind` measured of the order: the same for each of them."""
    return f'$[*] ? (@.check == "{kind}").with_order'


LIMIT_PRICE = f'$[*] ? (@.check == "{LimitKind.PRICE_COLLAR_BPS}").numbers.limit_price'
"""The limit price that was decided on, in the instrument's currency: the order's own may have been amended since."""
