"""The addresses of execution, below /api/v1/."""

from django.urls import path

from execution.api.algorithms import AlgorithmCollection
from execution.api.slices import OrderSlices
from execution.api.trigger import OrderTrigger

app_name = "execution"
urlpatterns = [
    path("orders/<uuid:order_id>/slices", OrderSlices.as_view(), name="order_slices"),
    path("orders/<uuid:order_id>/trigger", OrderTrigger.as_view(), name="order_trigger"),
    path("algorithms", AlgorithmCollection.as_view(), name="algorithms"),
]
