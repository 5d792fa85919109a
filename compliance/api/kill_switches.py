"""What a person may ask of a kill switch that is engaged: that it be lifted."""

from uuid import UUID

from django.http import HttpResponse

from compliance.api.approvals import ApprovalRepresentation, waiting
from compliance.commands import ProposeLift
from compliance.services.kill_switch_lifts import propose_lift
from orders.errors import KillSwitchNotFound, KillSwitchNotLiftable
from orders.kernel.api.views import ApiView, endpoint
from orders.kernel.errors import NotPermitted


class KillSwitchLift(ApiView):
    """Lifting one kill switch."""

    @endpoint(
        "propose_kill_switch_lift",
        "Ask that a kill switch be lifted; another person has to approve",
        body=ProposeLift,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, KillSwitchNotFound, KillSwitchNotLiftable),
    )
    def post(self, kill_switch_id: UUID, body: ProposeLift) -> HttpResponse:
        return waiting(propose_lift(actor=self.actor, kill_switch_id=kill_switch_id, command=body))
