"""`manage.py create_token USER [--scope read ...] [--days N] [--address CIDR ...]`: prints a new API token, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from compliance.commands import MakeToken
from compliance.services.tokens import create_token
from compliance.token_scopes import LEAST, TokenScope
from orders.kernel.admin import sentences_of
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError
from orders.selectors import user_named


class Command(BaseCommand):
    """The token goes to standard output and nowhere else; its id, by which it is revoked, to standard error."""

    help = "Make an API token for a user and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="login name")
        parser.add_argument("--days", type=int, help="how long it is valid (90)")
        parser.add_argument(
            "--scope", action="append", choices=list(TokenScope), help="what it opens; again for more (read)"
        )
        parser.add_argument(
            "--address",
            action="append",
            default=[],
            metavar="CIDR",
            help="a network it opens from; again for more",
        )
        parser.add_argument("--label", default="API client", help="what its owner calls it")

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        owner = user_named(user)
        if owner is None:
            raise CommandError(f"there is no user {user}")
        asked = {
            "label": options["label"],
            "days": options["days"],
            "scopes": options["scope"] or LEAST,
            "address_ranges": options["address"],
        }
        try:
            command = MakeToken.model_validate(asked)
            token, secret = create_token(
                actor=Actor("create_token", Door.COMMAND), user=owner, command=command
            )
        except ValidationError as error:
            raise CommandError("; ".join(f"{at[0]}: {what}" for at, what in sentences_of(error))) from error
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stderr.write(
            f"token {token.id} of {user} for {', '.join(token.scopes)}, valid until {token.expiry:%Y-%m-%d %H:%M} UTC"
        )
        self.stdout.write(secret)
