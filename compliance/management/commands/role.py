"""`manage.py role grant|revoke USER ROLE firm|desk|account CODE`: the house's own door to roles."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.roles import ROLES
from compliance.services.roles import define_roles, grant_role, revoke_role
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError
from orders.selectors import scope_with_code, user_named

ACTOR = Actor("role", Door.COMMAND)


class Command(BaseCommand):
    """For the first persons of a system: who may run commands on the server gives a role at once, or takes it."""

    help = "Grant a person a role on a firm, a desk or an account, or take it back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["grant", "revoke"])
        parser.add_argument("user", help="login name")
        parser.add_argument("role", choices=sorted(ROLES))
        parser.add_argument("scope", choices=["firm", "desk", "account"])
        parser.add_argument("code", help="the code of the firm, desk or account")

    def handle(
        self, *args: Any, act: str, user: str, role: str, scope: str, code: str, **options: Any
    ) -> None:
        person, place = user_named(user), scope_with_code(scope, code)
        if person is None:
            raise CommandError(f"there is no user {user}")
        if place is None:
            raise CommandError(f"there is no {scope} {code}")
        define_roles(actor=ACTOR)
        change = grant_role if act == "grant" else revoke_role
        try:
            change(actor=ACTOR, user_id=person.pk, role=role, scope=place)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.detail}") from error
        self.stdout.write(
            f"{user} {'now holds' if act == 'grant' else 'no longer holds'} {role} on {scope} {code}"
        )
