"""The WSGI entry point."""

import multiprocessing
import os
import signal

import exchange_calendars  # noqa: F401  # with pandas half a second, which the first order would wait for
from django.core.wsgi import get_wsgi_application

from qtweb.embedded.children import tie_to
from qtweb.lingering import Lingering

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qtweb.settings")
os.environ.setdefault("QTWEB_PROCESS", "web")
application = Lingering(get_wsgi_application())
if (server := multiprocessing.parent_process()) is not None and server.pid is not None:
    # The web server's workers would go on serving, beside those of the next one, when it is killed.
    tie_to(server.pid, signal.SIGKILL)
