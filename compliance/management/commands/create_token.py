"""`manage.py create_token USER [--days N]`: prints a new API token, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.services.tokens import create_token
from orders.kernel.context import Actor, Door
from orders.selectors import user_named


class Command(BaseCommand):
    """The token goes to standard output and nowhere else; its id, by which it is revoked, to standard error."""

    help = "Make an API token for a user and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="login name")
        parser.add_argument("--days", type=int, default=90, choices=range(1, 367), metavar="1..366")

    def handle(self, *args: Any, user: str, days: int, **options: Any) -> None:
        owner = user_named(user)
        if owner is None:
            raise CommandError(f"there is no user {user}")
        token, secret = create_token(actor=Actor("create_token", Door.COMMAND), user=owner, days=days)
        self.stderr.write(f"token {token.id} of {user}, valid until {token.expiry:%Y-%m-%d %H:%M} UTC")
        self.stdout.write(secret)
