"""`manage.py rotate_token TOKEN_ID [--overlap-hours N]`: prints the token that takes another's place, once."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.commands import RotateToken
from compliance.services.tokens import rotate_token
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError


class Command(BaseCommand):
    """As create_token prints it: the secret to standard output, all else to standard error."""

    help = "Exchange an API token for another; the old one is valid for the overlap yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("token_id", type=UUID)
        parser.add_argument("--overlap-hours", type=int, default=24, choices=range(169), metavar="0..168")

    def handle(self, *args: Any, token_id: UUID, overlap_hours: int, **options: Any) -> None:
        command = RotateToken(overlap_hours=overlap_hours)
        try:
            token, secret = rotate_token(
                actor=Actor("rotate_token", Door.COMMAND), token_id=token_id, command=command
            )
        except DomainError as error:
            raise CommandError(f"{error.detail}: {token_id}") from error
        self.stderr.write(f"token {token.id}, valid until {token.expiry:%Y-%m-%d %H:%M} UTC")
        self.stdout.write(secret)
