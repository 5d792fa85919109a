"""The WSGI entry point."""

import os

import exchange_calendars  # noqa: F401  # with pandas half a second, which the first order would wait for
from django.core.wsgi import get_wsgi_application

from qtweb.lingering import Lingering

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qtweb.settings")
os.environ.setdefault("QTWEB_PROCESS", "web")
application = Lingering(get_wsgi_application())
