"""The addresses of execution, below /api/v1/."""

from django.urls import path

from execution.api.algorithms import AlgorithmCollection
from execution.api.slices import OrderSlices

app_name = "execution"
urlpatterns = [
    path("orders/<uuid:order_id>/slices", OrderSlices.as_view(), name="order_slices"),
    path("algorithms", AlgorithmCollection.as_view(), name="algorithms"),
]
