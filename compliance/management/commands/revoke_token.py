"""`manage.py revoke_token TOKEN_ID`: the token opens nothing from the next request on."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.errors import TokenNotFound
from compliance.services.tokens import revoke_token
from orders.kernel.context import Actor, Door


class Command(BaseCommand):
    """Takes the id that create_token printed, never the token itself: that would stay in the shell's history."""

    help = "Revoke an API token by its id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("token_id", type=UUID)

    def handle(self, *args: Any, token_id: UUID, **options: Any) -> None:
        try:
            token = revoke_token(actor=Actor("revoke_token", Door.COMMAND), token_id=token_id)
        except TokenNotFound as error:
            raise CommandError(f"{error.detail}: {token_id}") from error
        self.stdout.write(f"token {token.id} was revoked at {token.revoked_at:%Y-%m-%d %H:%M:%S} UTC")
