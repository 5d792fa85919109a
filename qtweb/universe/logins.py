"""Passwords of the demo's people: made at random, kept in a file beside the data of a lasting instance."""

import json
import os
import secrets
from pathlib import Path

_FILE = "logins.json"


class Logins:
    """The passwords that were made for an instance, by login name; the file is readable by its owner alone."""

    def __init__(self, home: Path) -> None:
        self._path = home / _FILE
        self._passwords: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def password(self, username: str) -> str | None:
        """Return the password, or None when none was made here."""
        return self._passwords.get(username)

    def new_password(self, username: str) -> str:
        """Make a password and keep it, before anybody can sign in with it."""
        self._passwords[username] = secrets.token_urlsafe(12)
        partial = self._path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(self._passwords, file)
        partial.replace(self._path)
        return self._passwords[username]
