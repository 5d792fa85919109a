"""That an order's terms fit each other, as the database guards it: made from the table in orders/combinations.py."""

from functools import reduce
from operator import or_

from django.db.models import CheckConstraint, F, Q

from orders.combinations import (
    DISPLAY_TIMES,
    DISPLAY_TYPES,
    EFFECTIVE_TIMES,
    HUNDRED_PERCENT,
    LIMITED,
    MINIMUM_TIMES,
    STOPPED,
    TIMES,
    TRAILING,
)
from orders.terms import TRIGGERED_TYPES, TimeInForce


def _given_with(field: str, condition: Q) -> Q:
    """Where the field is given, the condition holds."""
    return Q(**{f"{field}__isnull": True}) | condition


def _exactly_with(field: str, condition: Q) -> Q:
    """The field is given exactly where the condition holds."""
    return (condition & Q(**{f"{field}__isnull": False})) | (~condition & Q(**{f"{field}__isnull": True}))


_TIMES_OF_TYPES = [Q(type=each, time_in_force__in=sorted(times)) for each, times in sorted(TIMES.items())]

TERMS_FIT = [
    CheckConstraint(name="order_type_takes_tif", condition=reduce(or_, _TIMES_OF_TYPES)),
    CheckConstraint(
        name="order_limit_price_with_limit",
        condition=_exactly_with("limit_price", Q(type__in=sorted(LIMITED)))
        & _given_with("limit_price", Q(limit_price__gt=0)),
    ),
    CheckConstraint(
        name="order_stop_price_with_stop",
        condition=_exactly_with("stop_price", Q(type__in=sorted(STOPPED)))
        & _given_with("stop_price", Q(stop_price__gt=0)),
    ),
    CheckConstraint(
        name="order_one_trail_with_trailing",
        condition=Q(
            type__in=sorted(TRAILING), trail_price__isnull=False, trail_price__gt=0, trail_percent=None
        )
        | Q(
            type__in=sorted(TRAILING),
            trail_percent__isnull=False,
            trail_percent__gt=0,
            trail_percent__lt=HUNDRED_PERCENT,
            trail_price=None,
        )
        | (~Q(type__in=sorted(TRAILING)) & Q(trail_price=None, trail_percent=None)),
    ),
    CheckConstraint(
        name="order_triggered_with_trigger",
        condition=_given_with("triggered_at", Q(type__in=sorted(TRIGGERED_TYPES))),
    ),
    CheckConstraint(
        name="order_expires_on_with_gtd",
        condition=_exactly_with("expires_on", Q(time_in_force=TimeInForce.GTD)),
    ),
    CheckConstraint(
        name="order_effective_at_without_auction",
        condition=_given_with("effective_at", Q(time_in_force__in=sorted(EFFECTIVE_TIMES))),
    ),
    CheckConstraint(
        name="order_display_rests_within_quantity",
        condition=_given_with(
            "display_quantity",
            Q(
                type__in=sorted(DISPLAY_TYPES),
                time_in_force__in=sorted(DISPLAY_TIMES),
                display_quantity__gt=0,
                display_quantity__lte=F("quantity"),
            ),
        ),
    ),
    CheckConstraint(
        name="order_minimum_within_quantity",
        condition=_given_with(
            "minimum_quantity",
            Q(
                time_in_force__in=sorted(MINIMUM_TIMES),
                minimum_quantity__gt=0,
                minimum_quantity__lte=F("quantity"),
            ),
        ),
    ),
    CheckConstraint(
        name="order_minimum_within_display",
        condition=_given_with(
            "minimum_quantity",
            _given_with("display_quantity", Q(minimum_quantity__lte=F("display_quantity"))),
        ),
    ),
]
