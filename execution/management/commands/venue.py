"""manage.py venue"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from execution.venue_process import MarketSources, parse_conditions, parse_faults
from execution.venues.simulated import server
from execution.venues.simulated.store import StoreInUseError


class Command(BaseCommand):
    help = "Run the simulated venue on the bars in the database, by the market's clock."

    def handle(self, *args: Any, **options: Any) -> None:
        venue = settings.VENUE
        try:
            venue_settings = server.VenueSettings(
                store_path=Path(venue["store"]),
                host=venue["host"],
                port=venue["port"],
                faults=parse_faults(venue["faults"]),
                conditions=parse_conditions(venue["faults"]),
            )
            server.run(MarketSources().market(), venue_settings, self._listening)
        except (ValueError, OSError, StoreInUseError) as error:
            raise CommandError(f"the venue does not run: {error}") from error

    def _listening(self, host: str, port: int) -> None:
        self.stdout.write(f"venue: listening at {host}:{port}")
        self.stdout.flush()
