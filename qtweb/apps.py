"""The last installed app: when it is ready, everything is, and the wiring is done."""

import gc

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "qtweb"
    verbose_name = "qtweb"

    def ready(self) -> None:
        from qtweb.wiring import wire

        wire()
        # Kept apart, and shared with the children of a fork as long as nobody touches it.
        gc.freeze()
        gc.enable()
