"""manage.py set_market_clock [MOMENT] [--speed N]"""

import json
from argparse import ArgumentParser
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError
from orders.selectors import market_now
from orders.services import set_market_clock


class Command(BaseCommand):
    help = "Let market time be MOMENT (RFC 3339, with offset; where it stands, without one), N times as fast as real."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("moment", nargs="?", type=datetime.fromisoformat)
        parser.add_argument("--speed", type=Decimal, default=Decimal(1))

    def handle(self, *args: Any, **options: Any) -> None:
        moment: datetime = options["moment"] or market_now()
        if moment.tzinfo is None or options["speed"] <= 0:
            raise CommandError(
                "give a moment with its offset, such as 2024-03-04T14:35:00Z, and a speed above 0"
            )
        actor = Actor(name="set_market_clock", door=Door.COMMAND)
        try:
            row = set_market_clock(actor=actor, anchor=moment, speed=options["speed"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        clock = {"anchor": row.anchor, "wall_anchor": row.wall_anchor, "speed": str(row.speed)}
        self.stdout.write(json.dumps(clock, default=datetime.isoformat))
