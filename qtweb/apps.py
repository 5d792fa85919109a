"""The last installed app: when it is ready, everything is, and the wiring is done."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "qtweb"
    verbose_name = "qtweb"

    def ready(self) -> None:
        from qtweb.wiring import wire

        wire()
