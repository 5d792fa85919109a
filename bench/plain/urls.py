"""The serializer, the view set and their address."""

from rest_framework import serializers, viewsets
from rest_framework.routers import DefaultRouter

from bench.plain.models import PlainOrder


class PlainOrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = PlainOrder
        fields = "__all__"


class PlainOrderViewSet(viewsets.ModelViewSet):
    queryset = PlainOrder.objects.all()
    serializer_class = PlainOrderSerializer


router = DefaultRouter()
router.register("orders", PlainOrderViewSet)
urlpatterns = router.urls
