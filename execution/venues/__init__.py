"""Venues: where orders are filled, and the protocol spoken to them. Pure: neither Django nor Celery."""
