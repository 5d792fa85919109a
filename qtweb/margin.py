"""The margin model that a firm plugs in by its environment: a function as orders.hooks.Margin describes it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from orders.hooks import Margin


def margin_model() -> Margin:
    """Return the function that QTWEB_MARGIN_MODEL names, or one that never can say. Raises ImproperlyConfigured."""
    path = settings.ENVIRONMENT.margin_model
    if not path:
        return no_model
    try:
        model = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"QTWEB_MARGIN_MODEL={path}: {error}") from error
    if not callable(model):
        raise ImproperlyConfigured(f"QTWEB_MARGIN_MODEL={path} is no function")
    return model


def no_model(**_order: Any) -> None:
    """Say nothing: an order that a margin limit applies to is refused."""
