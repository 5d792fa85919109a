"""How the admin site is called and coloured: data for django-unfold."""

from typing import Any

_BLUE = {
    "50": "oklch(97% .014 254.604)",
    "100": "oklch(93.2% .032 255.585)",
    "200": "oklch(88.2% .059 254.128)",
    "300": "oklch(80.9% .105 251.813)",
    "400": "oklch(70.7% .165 254.624)",
    "500": "oklch(62.3% .214 259.815)",
    "600": "oklch(54.6% .245 262.881)",
    "700": "oklch(48.8% .243 264.376)",
    "800": "oklch(42.4% .199 265.638)",
    "900": "oklch(37.9% .146 265.522)",
    "950": "oklch(28.2% .091 267.935)",
}

APPEARANCE: dict[str, Any] = {
    "SITE_TITLE": "qtweb",
    "SITE_HEADER": "qtweb",
    "SITE_SUBHEADER": "Order and execution back office",
    "SITE_SYMBOL": "candlestick_chart",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/orders/favicon.svg"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "COLORS": {"primary": _BLUE},
    "SIDEBAR": {"navigation": "qtweb.navigation.navigation"},
}
