"""`manage.py lift_lock_out NAME|ADDRESS --reason REASON`: let somebody sign in again before the time is over."""

from ipaddress import ip_address
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.lock_out import Counted, subject
from compliance.passwords import address_subject
from compliance.services.lock_out import lift_lock_out
from orders.kernel.context import Actor, Door
from orders.selectors import user_named


class Command(BaseCommand):
    """For a person, or for all of an address; that somebody is who they say, the operator finds out before."""

    help = "Lift a lock-out from the sign-in, by login name or by address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", help="login name, or address")
        parser.add_argument("--reason", required=True, help="kept in the audit log in clear")

    def handle(self, *args: Any, who: str, reason: str, **options: Any) -> None:
        person, subjects = user_named(who), tuple[str, ...]()
        if person is not None:
            subjects = tuple(subject(each, str(person.pk)) for each in (Counted.PERSON, Counted.CHANGE))
        elif _is_address(who):
            subjects = (address_subject(who),)
        else:
            raise CommandError(f"{who} is neither a login name nor an address")
        actor = Actor("lift_lock_out", Door.COMMAND)
        if not lift_lock_out(actor=actor, subjects=subjects, person=person, reason=reason):
            raise CommandError(f"{who} is not locked out")
        self.stdout.write(f"{who} may try again")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
