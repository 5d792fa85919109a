"""The environment of a command that speaks to no service: the settings want names, and nothing answers to these.

Whatever the caller's environment names is somebody's book: such a command cannot reach it by mistake.
"""

import os
import secrets


def name_no_services() -> None:
    """Let this process name no service that there is; before Django reads its settings."""
    os.environ.update(
        DATABASE_URL="postgresql://qtweb_app@database.invalid/qtweb",
        MIGRATION_DATABASE_URL="",
        REDIS_URL="redis://redis.invalid/0",
        SECRET_KEY=secrets.token_urlsafe(64),
        QTWEB_ENVIRONMENT="local",
    )
