"""The site's settings, with the app that takes the log out before the app that wires it in."""

from qtweb.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS[:-1], "bench.without_log", INSTALLED_APPS[-1]]  # noqa: F405
