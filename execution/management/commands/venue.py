"""manage.py venue"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from execution.market_data.errors import MarketDataFileError
from execution.venue_access import connected_venues
from execution.venue_process import MarketSources, parse_conditions, parse_faults
from execution.venues.simulated import server
from execution.venues.simulated.store import StoreInUseError
from execution.venues.simulated.tick_files import held_ticks


class Command(BaseCommand):
    help = (
        "Run the simulated venue on the bars in the database, by the market's clock."
        " Sessions for which quotes with sizes and trades are loaded are filled by the tick model; --quotes and"
        " --trades take their place."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "code", choices=connected_venues(), help="as which of the venues that VENUES names"
        )
        parser.add_argument("--quotes", type=Path, help="CSV of best quotes with their sizes")
        parser.add_argument("--trades", type=Path, help="CSV of prints")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.VENUES[options["code"]]
        quotes, trades = options["quotes"], options["trades"]
        if (quotes is None) != (trades is None):
            raise CommandError("ticks are quotes and prints: give --quotes and --trades, or neither")
        try:
            venue_settings = server.VenueSettings(
                store_path=Path(settings.VENUE_STORE),
                host=host,
                port=port,
                faults=parse_faults(settings.VENUE_FAULTS),
                conditions=parse_conditions(settings.VENUE_FAULTS),
            )
            ticks = None if quotes is None else held_ticks(quotes, trades)
            server.run(MarketSources(ticks, venue=options["code"]).market(), venue_settings, self._listening)
        except (ValueError, OSError, StoreInUseError, MarketDataFileError) as error:
            raise CommandError(f"the venue does not run: {error}") from error

    def _listening(self, host: str, port: int) -> None:
        self.stdout.write(f"venue: listening at {host}:{port}")
        self.stdout.flush()
