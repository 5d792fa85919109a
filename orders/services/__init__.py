"""The only writers of orders: a file per verb.

Services open their own durable transaction. Steps are parts of one: they take an order that the caller has locked
with `lock_order` and are what execution and compliance use inside their own services.
"""

from orders.risk.holders import lock_figures_of
from orders.risk.kill_switch import is_stopped, not_stopped
from orders.services.amend import accept_replacement, amend
from orders.services.answer import answer_order
from orders.services.by_approval import (
    ExecutionChange,
    bust_payload,
    carry_out,
    correction_payload,
    fill_payload,
)
from orders.services.cancel import cancel, confirm_cancel, expire_order, reject_cancel, request_cancel
from orders.services.cash_movements import RecordedCash, record_cash
from orders.services.corrections import book_bust, book_correction, bust_execution, correct_execution
from orders.services.desk import (
    accept_order,
    acknowledge_request,
    cancel_unsolicited,
    confirm_request,
    done_for_day,
    reject_order,
    reject_request,
    stop_order,
    trigger_held_order,
)
from orders.services.executions import Fill, apply_execution, book_execution
from orders.services.export_evidence import record_evidence_export
from orders.services.kill_switches import (
    LIFT,
    engage_kill_switch,
    lift_kill_switch,
    lift_payload,
)
from orders.services.limit_samples import forget_samples, sample_limits
from orders.services.limits import LimitAction, LimitTerms, change_limit, end_limit, set_limit
from orders.services.market_time import set_market_clock
from orders.services.overrides import grant_override
from orders.services.passwords import keep_password, require_good_password, set_active
from orders.services.permissions import grant_permission, revoke_permission
from orders.services.place import Placement, place
from orders.services.positions import rebook_lots
from orders.services.preview import preview
from orders.services.rates import record_rates
from orders.services.reference import (
    register_account,
    register_desk,
    register_firm,
    register_instrument,
    register_limit,
    register_user,
)
from orders.services.refusals import record_refusal, refusal_recorded
from orders.services.restate import restate
from orders.services.revalue import revalue
from orders.services.revisions import lock_order, lock_orders
from orders.services.sweep import ask_batch, sweep_all, sweep_kill_switch
from orders.services.throttles import reset_throttle
from orders.services.trading_day import finish_day, renew
from orders.services.trading_states import set_account_state, set_instrument_state, set_market_state
from orders.services.trigger import awaits_trigger, trigger_order
from orders.services.unplaced import unplaced_order

__all__ = [
    "LIFT",
    "ExecutionChange",
    "Fill",
    "LimitAction",
    "LimitTerms",
    "Placement",
    "RecordedCash",
    "accept_order",
    "accept_replacement",
    "acknowledge_request",
    "amend",
    "answer_order",
    "apply_execution",
    "ask_batch",
    "awaits_trigger",
    "book_bust",
    "book_correction",
    "book_execution",
    "bust_execution",
    "bust_payload",
    "cancel",
    "cancel_unsolicited",
    "carry_out",
    "change_limit",
    "confirm_cancel",
    "confirm_request",
    "correct_execution",
    "correction_payload",
    "done_for_day",
    "end_limit",
    "engage_kill_switch",
    "expire_order",
    "fill_payload",
    "finish_day",
    "forget_samples",
    "grant_override",
    "grant_permission",
    "is_stopped",
    "keep_password",
    "lift_kill_switch",
    "lift_payload",
    "lock_figures_of",
    "lock_order",
    "lock_orders",
    "not_stopped",
    "place",
    "preview",
    "rebook_lots",
    "record_cash",
    "record_evidence_export",
    "record_rates",
    "record_refusal",
    "refusal_recorded",
    "register_account",
    "register_desk",
    "register_firm",
    "register_instrument",
    "register_limit",
    "register_user",
    "reject_cancel",
    "reject_order",
    "reject_request",
    "renew",
    "request_cancel",
    "require_good_password",
    "reset_throttle",
    "restate",
    "revalue",
    "revoke_permission",
    "sample_limits",
    "set_account_state",
    "set_active",
    "set_instrument_state",
    "set_limit",
    "set_market_clock",
    "set_market_state",
    "stop_order",
    "sweep_all",
    "sweep_kill_switch",
    "trigger_held_order",
    "trigger_order",
    "unplaced_order",
]
