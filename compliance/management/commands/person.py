"""`manage.py person deactivate|reactivate NAME --reason REASON`: whether somebody may use the house at all."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.services.people import deactivate_person, reactivate_person
from orders.kernel.context import Actor, Door
from orders.selectors import user_named


class Command(BaseCommand):
    """Who is deactivated has no session and no token from the next request on; roles stay as they are."""

    help = "Let a person in no more, ending sessions and tokens, or let them sign in again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["deactivate", "reactivate"])
        parser.add_argument("user", help="login name")
        parser.add_argument("--reason", required=True, help="kept in the audit log in clear")

    def handle(self, *args: Any, act: str, user: str, reason: str, **options: Any) -> None:
        person = user_named(user)
        if person is None:
            raise CommandError(f"there is no user {user}")
        change = deactivate_person if act == "deactivate" else reactivate_person
        if not change(actor=Actor("person", Door.COMMAND), person=person, reason=reason):
            raise CommandError(f"{user} is {act}d already")
        self.stdout.write(f"{user} is {act}d")
