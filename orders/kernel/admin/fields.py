"""Fields of forms in the admin's looks."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget


def text_field(**options: Any) -> forms.CharField:
    """Return a line of text that no browser fills in by itself."""
    return forms.CharField(widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}), **options)
