"""Settings of a site that asks its parts at each request whether it is ready: so each thread asks the database."""

from qtweb.settings import *  # noqa: F403

READINESS_KEPT_S = 0
