"""The ways in which an order can be worked."""

from django.http import HttpResponse

from execution.api.representations import AlgorithmList, represent_algorithm
from execution.selectors import algorithm_descriptions
from orders.kernel.api.views import ApiView, answer, endpoint


class AlgorithmCollection(ApiView):
    """What an order's `algorithm` may name."""

    @endpoint("list_algorithms", "List algorithms with their parameters", answers={200: AlgorithmList})
    def get(self) -> HttpResponse:
        return answer(AlgorithmList(items=list(map(represent_algorithm, algorithm_descriptions()))))
