"""The addresses of compliance, below /api/v1/."""

from django.urls import path

from compliance.api import ExecutionBust, ExecutionCorrection, OrderAudit, OrderDeals

app_name = "compliance"
urlpatterns = [
    path("orders/<uuid:order_id>/audit", OrderAudit.as_view(), name="order_audit"),
    path("orders/<uuid:order_id>/executions", OrderDeals.as_view(), name="order_executions"),
    path("executions/<uuid:execution_id>/bust", ExecutionBust.as_view(), name="execution_bust"),
    path("executions/<uuid:execution_id>/correct", ExecutionCorrection.as_view(), name="execution_correct"),
]
