"""Corrections and busts of executions for tests, as the sell side reports them."""

from decimal import Decimal

from orders import services
from orders.kernel.ids import new_id
from orders.models import Execution
from tests.orders.fills import GATEWAY


def restate(execution: Execution, *, quantity: str, price: str) -> Execution:
    """Correct an execution in force; with a quantity of "0" it is a bust."""
    said = {"execution_id": execution.pk, "report_id": f"restated-{new_id()}", "reason": "as the venue says"}
    if not Decimal(quantity):
        return services.bust_execution(actor=GATEWAY, **said)
    return services.correct_execution(actor=GATEWAY, quantity=Decimal(quantity), price=Decimal(price), **said)
