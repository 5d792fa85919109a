"""The only writers of orders: a file per verb.

Services open their own durable transaction. Steps are parts of one: they take an order that the caller has locked
with `lock_order` and are what execution and compliance use inside their own services.
"""

from orders.services.amend import accept_replacement, amend
from orders.services.cancel import cancel, confirm_cancel, expire_order, reject_cancel
from orders.services.executions import Fill, apply_execution, book_execution
from orders.services.limits import change_limit
from orders.services.market_time import set_market_clock
from orders.services.permissions import grant_permission, revoke_permission
from orders.services.place import Placement, place
from orders.services.reference import (
    register_account,
    register_desk,
    register_firm,
    register_instrument,
    register_limit,
    register_user,
)
from orders.services.refusals import record_refusal
from orders.services.revisions import lock_order
from orders.services.trigger import awaits_trigger, trigger_order

__all__ = [
    "Fill",
    "Placement",
    "accept_replacement",
    "amend",
    "apply_execution",
    "awaits_trigger",
    "book_execution",
    "cancel",
    "change_limit",
    "confirm_cancel",
    "expire_order",
    "grant_permission",
    "lock_order",
    "place",
    "record_refusal",
    "register_account",
    "register_desk",
    "register_firm",
    "register_instrument",
    "register_limit",
    "register_user",
    "reject_cancel",
    "revoke_permission",
    "set_market_clock",
    "trigger_order",
]
