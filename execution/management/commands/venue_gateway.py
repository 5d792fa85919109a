"""manage.py venue_gateway"""

from typing import Any

from django.core.management.base import BaseCommand

from execution import gateway
from execution.venue_access import venue_stream


class Command(BaseCommand):
    help = "Listen to the venue: keep every report once and apply it once. A second one waits for the first to end."

    def handle(self, *args: Any, **options: Any) -> None:
        gateway.run(venue_stream())
