"""What a web process serves."""

import gc
import multiprocessing
import signal

from django.conf import settings

from qtweb.embedded.children import tie_to
from qtweb.whole_requests import WholeRequests
from qtweb.wsgi import application as wsgi_application

application = WholeRequests(wsgi_application, longest_body_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

# Models can be imported only now: what is imported above has set Django up.
from orders.calendars_ahead import read_calendars  # noqa: E402

if (server := multiprocessing.parent_process()) is not None and server.pid is not None:
    # The web server's workers would go on serving, beside those of the next one, when it is killed.
    tie_to(server.pid, signal.SIGKILL)
read_calendars()
# What stands now lives as long as the process: the collector need not walk through all of it again and again.
gc.collect()
gc.freeze()
