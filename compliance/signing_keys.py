"""The keys of the log's checkpoints: never in the database, but in the environment or in a file of its own.

Every private key signs, so that two of them do while one takes over from the other; a public key beside them is
still believed, and signs no more. They are read anew each time: exchanging a key takes no restart.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from compliance.transparency.notes import Signer, UnusableKey, Verifier

_OTHERS_MAY_READ = 0o007


@dataclass(frozen=True, slots=True)
class Keyring:
    """Who signs, all under one name, which is the log's; and whose signatures count."""

    signers: tuple[Signer, ...]
    verifiers: tuple[Verifier, ...]

    @property
    def origin(self) -> str | None:
        """The log's name in its checkpoints; None without a key that signs."""
        return self.signers[0].name if self.signers else None


def keyring() -> Keyring:
    """Return the configured keys, which may be none. Raises UnusableKey, for one of a log that was ended as well."""
    configured: dict[str, Any] = settings.AUDIT_KEYS
    secrets = [*configured["private"].split(), *_in_file(configured["file"])]
    signers = tuple(map(Signer.parse, secrets))
    if len({signer.name for signer in signers}) > 1:
        raise UnusableKey("the keys that sign have different names: a log has one")
    if signers and signers[0].name in settings.AUDIT_ENDED_LOGS:
        raise UnusableKey(
            f"{signers[0].name} is among QTWEB_AUDIT_ENDED_LOGS: a log that was ended is not signed"
        )
    believed = map(Verifier.parse, configured["public"].split())
    return Keyring(signers, (*(signer.verifier for signer in signers), *believed))


def write_key(name: str, path: Path) -> Verifier:
    """Write a new private key to a new file that only its owner reads, and return its public one.

    Raises UnusableKey for a name that a note cannot hold, FileExistsError where there is such a file.
    """
    signer = Signer.generate(name)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(f"{signer.secret}\n")
    return signer.verifier


def _in_file(name: str) -> list[str]:
    if not name:
        return []
    try:
        path = Path(name)
        if path.stat().st_mode & _OTHERS_MAY_READ:
            raise UnusableKey(f"everybody may read {name}: chmod 600 it, and exchange the key")
        lines = path.read_text().splitlines()
    except OSError as error:
        raise UnusableKey(f"the file of keys cannot be read: {error}") from error
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]
