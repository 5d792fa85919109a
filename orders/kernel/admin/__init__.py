"""The base of the admin site: what every app's admin is made of, and nothing about any of them."""

from orders.kernel.admin.acts import ActPage, acting, actor_of, refusal_text, sentences_of
from orders.kernel.admin.facts import FactsAdmin
from orders.kernel.admin.fields import text_field
from orders.kernel.admin.filters import ChoiceFilter, TextFilter
from orders.kernel.admin.site import Banner, Figure, Summary, site

__all__ = [
    "ActPage",
    "Banner",
    "ChoiceFilter",
    "FactsAdmin",
    "Figure",
    "Summary",
    "TextFilter",
    "acting",
    "actor_of",
    "refusal_text",
    "sentences_of",
    "site",
    "text_field",
]
