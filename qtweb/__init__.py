"""The site: settings, wiring, servers, health, embedded services and the demo."""

from qtweb.celery import app as celery_app

__all__ = ["celery_app"]
