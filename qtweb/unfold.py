"""How the admin site is called: data for django-unfold. Its colours are orders/static/orders/colours.css."""

from typing import Any

APPEARANCE: dict[str, Any] = {
    "SITE_TITLE": "qtweb",
    "SITE_HEADER": "qtweb",
    "SITE_SUBHEADER": "Order and execution back office",
    "SITE_SYMBOL": "candlestick_chart",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/orders/favicon.svg"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"navigation": "qtweb.navigation.navigation"},
}
