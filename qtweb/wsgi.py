"""The site as a WSGI application. Web processes serve it through qtweb/rsgi.py."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qtweb.settings")
os.environ.setdefault("QTWEB_PROCESS", "web")
application = get_wsgi_application()
