"""`python -m bench.plain.seed N`: make the tables and print a token for each of N users, a line each."""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plain.settings"
django.setup()


def main(users: int) -> None:
    """Migrate and print; Django has to be set up before what is imported here."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from knox.models import AuthToken

    call_command("migrate", run_syncdb=True, verbosity=0)
    for number in range(users):
        _token, secret = AuthToken.objects.create(user=User.objects.create(username=f"bench.{number}"))
        print(secret)


main(int(sys.argv[1]))
