"""Which event reaches which handler, which check may refuse an order: on one screen, done once, then sealed."""

import compliance.events  # every event class has to be known before it gets its audit handler
import compliance.log_events  # noqa: F401  # as above
import execution.events  # noqa: F401
import orders.events  # noqa: F401
from compliance.handlers import record_leaf, record_leaves
from compliance.panels import TRAIL
from compliance.replay_panel import REPLAY
from compliance.role_reads import persons_counted
from compliance.services.approvals import require_approval
from execution.handlers import (
    resume_closing,
    start_sweeping,
    start_working,
    stop_working,
    stop_working_on_all,
)
from execution.market_figures import market_figures
from execution.panels import COSTS, SLICES
from execution.preview import PLAN
from execution.selectors import algorithm_descriptions, last_prices
from execution.services.instructions import validate_instruction
from orders.events import (
    CancelRequested,
    ExecutionBusted,
    ExecutionCorrected,
    KillSwitchEngaged,
    OrderPlaced,
    ReplaceRequested,
)
from orders.hooks import hooks
from orders.kernel.events import event_classes
from orders.panels import EXECUTIONS, HISTORY, RISK
from orders.risk.check_list import EXPOSURE, TERMS
from qtweb.margin import margin_model


def wire() -> None:
    """Fill the hooks of orders. Called when the last installed app is ready."""
    for event_class in event_classes():
        hooks.subscriptions.add(event_class, record_leaf, of_many=record_leaves)
    hooks.subscriptions.add(OrderPlaced, start_working)
    hooks.subscriptions.add(ReplaceRequested, stop_working)
    hooks.subscriptions.add(CancelRequested, stop_working, of_many=stop_working_on_all)
    hooks.subscriptions.add(KillSwitchEngaged, start_sweeping)
    hooks.subscriptions.add(ExecutionBusted, resume_closing)
    hooks.subscriptions.add(ExecutionCorrected, resume_closing)
    hooks.fill(
        pre_trade_checks=TERMS,
        exposure_checks=EXPOSURE,
        order_panels=[EXECUTIONS, SLICES, COSTS, RISK, HISTORY, TRAIL, REPLAY],
        preview_parts=[PLAN],
        instruction_validator=validate_instruction,
        algorithms=algorithm_descriptions,
        market_figures=market_figures,
        last_prices=last_prices,
        require_approval=require_approval,
        persons_counted=persons_counted,
        margin=margin_model(),
    )
