"""Compliance over the API: the trail of an order, limits, and what a second person decides."""
