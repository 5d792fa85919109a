"""The addresses of compliance, below /api/v1/."""

from django.urls import path

from compliance.api import OrderAudit

app_name = "compliance"
urlpatterns = [path("orders/<uuid:order_id>/audit", OrderAudit.as_view(), name="order_audit")]
