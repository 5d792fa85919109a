"""What the plain site's web processes serve, in the very way of the site."""

import os

from django.core.wsgi import get_wsgi_application

from qtweb.whole_requests import WholeRequests

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plain.settings"
application = WholeRequests(get_wsgi_application(), longest_body_bytes=262_144)
